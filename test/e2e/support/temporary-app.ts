import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

export interface TemporaryApp {
  readonly root: string;
  remove(): void;
}

/** Source of an entry file by its name, such as `{"main.ts": "..."}`; each becomes one CommonJS bundle `dist/<name>.js`. */
export type Entries = Readonly<Record<string, string>>;

export interface AppOptions {
  /** Left for the platform to resolve. */
  readonly external: readonly string[];
  readonly manifest: Readonly<Record<string, unknown>>;
  /** More files, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A deployable folder in a fresh temporary place, with a space in its path. */
export async function temporaryApp(
  entries: Entries,
  { external, manifest, files = {} }: AppOptions,
): Promise<TemporaryApp> {
  const root = mkdtempSync(path.join(tmpdir(), "tricast app-"));
  for (const [name, source] of Object.entries(entries)) await bundle(name, source, root, external);
  writeFileSync(path.join(root, "package.json"), JSON.stringify({ name: "app", private: true, ...manifest }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(root, name), text);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

async function bundle(name: string, source: string, root: string, external: readonly string[]): Promise<void> {
  await build({
    stdin: { contents: source, sourcefile: name, resolveDir: path.join(REPOSITORY, "test/e2e"), loader: "ts" },
    outfile: path.join(root, "dist", `${path.parse(name).name}.js`),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node22",
    conditions: ["@tricast/source"],
    external: [...external],
    logLevel: "error",
  });
}
