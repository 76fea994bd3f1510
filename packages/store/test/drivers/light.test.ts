import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tricast-light-"));
});
after(() => rm(folder, { recursive: true }));

/** Our own files and Node's modules that importing `entry` loads at once. */
async function loads(entry: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(SOURCE, entry)],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    conditions: ["@tricast/source"],
    external: ["@aws-sdk/*"],
  });
  return follow(metafile, Object.keys(metafile.inputs).find((path) => path.endsWith(`src/${entry}`)) as string);
}

function follow(metafile: Metafile, path: string, seen = new Set<string>()): string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const imports = metafile.inputs[path]?.imports ?? [];
  const eager = imports.filter(({ kind }) => kind === "import-statement");
  for (const { path: next, external } of eager) {
    if (external) seen.add(next);
    else follow(metafile, next, seen);
  }
  return [...seen];
}

test("importing the package loads none of Node's heavy modules and no driver", async () => {
  const loaded = await loads("index.ts");
  const heavy = loaded.filter((name) => /^node:|drivers\/|download\/|cache\/|@aws-sdk/.test(name));
  assert.deepEqual(heavy, []);
});

for (const driver of ["https.ts", "gs/store.ts", "az/store.ts", "file.ts"]) {
  test(`the driver ${driver} loads no package but our own`, async () => {
    const loaded = await loads(`drivers/${driver}`);
    const foreign = loaded.filter((name) => !/packages\/(?:store|core)\/src\/|^node:/.test(name));
    assert.deepEqual(foreign, []);
  });
}

test("no source touches the global fetch or its classes", async () => {
  const { readdir, readFile } = await import("node:fs/promises");
  const files = (await readdir(SOURCE, { recursive: true })).filter((file) =>
    /^(?:drivers|download|cache)\/.*\.ts$/.test(file),
  );
  assert.ok(files.length > 20);
  for (const file of files) {
    const text = await readFile(join(SOURCE, file), "utf8");
    assert.doesNotMatch(text, /(?<![\w.#])(?:fetch\(|new (?:Headers|Request|Response)\()/, file);
  }
});

test("s3:// without the SDK names the package to install, also from a bundle", async () => {
  const program = join(folder, "s3.cjs");
  await build({
    stdin: {
      contents: `
        import { openStore } from "./index.ts";
        openStore("s3://models").then(() => process.exit(3), (e) => console.log(e.code + ": " + e.message));`,
      resolveDir: SOURCE,
    },
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@tricast/source"],
    external: ["@aws-sdk/*"],
  });
  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, [program], { cwd: folder, encoding: "utf8", env });
  const { stdout, stderr } = run({});
  assert.match(stdout, /^missing-dependency: s3:\/\/ needs .*npm install @aws-sdk\/client-s3/, stderr);
  // Lambda's own copy of the SDK and layers are on NODE_PATH only.
  const found = run({ NODE_PATH: join(SOURCE, "../../../node_modules") });
  assert.equal(found.status, 3, found.stdout + found.stderr);
});
