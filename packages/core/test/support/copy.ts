import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as Core from "@tricast/core";
import type * as Adapter from "@tricast/core/adapter";
import { build } from "esbuild";

/** The core once more, as the one CommonJS file that a handler's bundle makes of it. */
export async function bundledCopy(): Promise<typeof Core & typeof Adapter> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'export * from "./index.ts"; export * from "./adapter.ts";',
      resolveDir: fileURLToPath(new URL("../../src", import.meta.url)),
    },
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
    logLevel: "error",
  });
  const directory = await mkdtemp(join(tmpdir(), "tricast-copy-"));
  try {
    const file = join(directory, "core.cjs");
    await writeFile(file, outputFiles[0]!.contents);
    return createRequire(import.meta.url)(file);
  } finally {
    await rm(directory, { recursive: true });
  }
}
