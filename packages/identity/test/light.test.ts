import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

for (const [entry, expected] of [
  ["aws", ["node:crypto"]],
  ["azure", ["node:crypto", "node:fs/promises", "node:timers/promises"]],
  ["google", ["node:crypto", "node:fs/promises", "node:os", "node:path", "node:timers/promises"]],
] as const) {
  test(`@tricast/identity/${entry} loads no HTTP, TLS or processes before they are needed, and no other cloud`, async () => {
    const { metafile } = await build({
      entryPoints: [fileURLToPath(new URL(`../src/${entry}/index.ts`, import.meta.url))],
      bundle: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      conditions: ["@tricast/source"],
    });
    const inputs = Object.entries(metafile.inputs);
    const eager = inputs.flatMap(([, { imports }]) => imports.filter(({ kind }) => kind === "import-statement"));
    const modules = eager.map(({ path }) => path).filter((path) => path.startsWith("node:"));
    assert.deepEqual([...new Set(modules)].sort(), expected);
    const clouds = inputs.map(([path]) => /identity\/src\/(aws|azure|google)\//.exec(path)?.[1]).filter(Boolean);
    assert.deepEqual([...new Set(clouds)], [entry]);
  });
}
