import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type Metafile } from "esbuild";
import { startS3Server } from "../../../../test/support/stores/s3-server.ts";
import { withEnv } from "../../../../test/support/stores/with-env.ts";
import { openStore } from "../../src/open-store.ts";

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

for (const driver of ["https.ts", "gs/store.ts", "az/store.ts", "file.ts", "s3/store.ts"]) {
  test(`the driver ${driver} loads no package but our own`, async () => {
    const loaded = await loads(`drivers/${driver}`);
    const foreign = loaded.filter((name) => !/packages\/(?:store|core|identity)\/src\/|^node:/.test(name));
    assert.deepEqual(foreign, []);
  });
}

test("no driver loads TLS or node:http before it is spoken", async () => {
  for (const driver of ["https.ts", "s3/store.ts"]) {
    const loaded = await loads(`drivers/${driver}`);
    assert.deepEqual(
      loaded.filter((name) => /^node:(?:https?|tls)$/.test(name)),
      [],
    );
  }
});

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

/** A program in one file, in a folder from where no package is found. */
async function bundleAlone(name: string, contents: string): Promise<string> {
  const program = join(folder, name);
  await build({
    stdin: { contents, resolveDir: SOURCE },
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@tricast/source"],
    external: ["@aws-sdk/*"],
  });
  return program;
}

test("s3:// without the SDK names the package to install, also from a bundle", async () => {
  const program = await bundleAlone(
    "s3.cjs",
    `import { openStore } from "./index.ts";
    openStore("s3://models").then(() => process.exit(3), (e) => console.log(e.code + ": " + e.message));`,
  );
  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, [program], { cwd: folder, encoding: "utf8", env });
  const { stdout, stderr } = run({});
  assert.match(stdout, /^missing-dependency: s3:\/\/ needs .*npm install @aws-sdk\/client-s3/, stderr);
  // Lambda's own copy of the SDK and layers are on NODE_PATH only.
  const found = run({ NODE_PATH: join(SOURCE, "../../../node_modules") });
  assert.equal(found.status, 3, found.stdout + found.stderr);
});

test("with keys and region in the environment, s3:// needs no SDK", async () => {
  const server = await startS3Server();
  try {
    const store = await withEnv(server.env, () => openStore(server.uri));
    await store.write("a.txt", Buffer.from("read without"));
    const program = await bundleAlone(
      "read.cjs",
      `import { fetchObject, openStore } from "./index.ts";
      (async () => {
        const { bytes } = await fetchObject(process.argv[2] + "/a.txt", { cacheDir: null });
        const store = await openStore(process.argv[2]);
        const { size } = await store.write("b.txt", bytes);
        const keys = [];
        for await (const { key } of store.list("")) keys.push(key);
        await store.delete("b.txt");
        console.log(Buffer.from(bytes).toString(), size, keys.join());
      })();`,
    );
    const env = { ...server.env, AWS_CONFIG_FILE: join(folder, "none") };
    const { stdout } = await promisify(execFile)(process.execPath, [program, server.uri], { cwd: folder, env });
    assert.equal(stdout, "read without 12 a.txt,b.txt\n");
  } finally {
    await server.close();
  }
});
