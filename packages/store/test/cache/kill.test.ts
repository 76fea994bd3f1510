import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type HttpsServer, startHttpsServer } from "../../../../test/support/stores/https-server.ts";
import { type TemporaryCache, temporaryCache } from "../download/temporary-cache.ts";

const KILLS = 32;
const MOST_ROUNDS = 100;
const bytes = randomBytes(6_000_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");

const CERTIFICATE = fileURLToPath(new URL("../../../../test/support/stores/tls/cert.pem", import.meta.url));

let server: HttpsServer;
let cache: TemporaryCache;
let folder: string;
let program: string;

before(async () => {
  server = await startHttpsServer();
  server.files.set("/model.ort", bytes);
  cache = await temporaryCache();
  folder = await mkdtemp(join(tmpdir(), "tricast-kill-"));
  program = join(folder, "fetch.cjs");
  // One CommonJS file, as it is deployed; it also starts in a fraction of the time.
  await build({
    entryPoints: [fileURLToPath(new URL("fetch.child.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@tricast/source"],
    external: ["@aws-sdk/*"],
  });
});
after(async () => {
  await rm(folder, { recursive: true });
  await server.close();
  await cache.remove();
});

interface Answer {
  readonly path: string;
  readonly from: string;
  readonly inMemory?: number;
  readonly warnings: unknown[];
}

/** A process that is ready to download, so that kills hit the download and not the start of Node. */
async function startChild(limit = "unlimited"): Promise<ChildProcess> {
  const command = [program, cache.folder, `${server.address}/model.ort`, sha256, CERTIFICATE];
  const shell = ["-c", `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, ...command];
  const child = spawn("sh", shell, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`the child exited with ${code}`)));
  });
  return child;
}

function finished(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Answer));
    child.once("exit", (code, signal) => reject(new Error(`the child ended with ${code ?? signal}`)));
  });
}

test(`${KILLS} processes killed at random points of a download leave a cache that the next one uses correctly`, async () => {
  let killed = 0;
  let lastingMs = await timeOne();
  for (let round = 0; killed < KILLS && round < MOST_ROUNDS; round++) {
    const child = await startChild();
    const exited = new Promise((resolve) => child.once("exit", resolve));
    const answer = finished(child).then(
      () => true,
      () => false,
    );
    const started = performance.now();
    child.send("go");
    const timer = setTimeout(() => child.kill("SIGKILL"), Math.random() * lastingMs);
    if (await answer) {
      // The machine may be busier now than at the first measurement, or less.
      lastingMs = performance.now() - started;
      child.kill("SIGKILL");
    } else killed++;
    await exited;
    clearTimeout(timer);
    await assertSound();
    // What was finished goes, so that the next one downloads again; what was not stays in its way.
    for (const file of await published()) await rm(dirname(join(cache.folder, file)), { recursive: true });
  }
  assert.equal(killed, KILLS);
  const child = await startChild();
  child.send("go");
  const { path } = await finished(child);
  assert.ok(bytes.equals(await readFile(path)));
  child.kill();
  assert.deepEqual(
    (await cache.files()).filter((file) => file.startsWith("partial")),
    [],
  );
});

test("two processes that fetch the same at the same time both end right", async () => {
  await cache.clear();
  const children = [await startChild(), await startChild(), await startChild()];
  const answers = children.map(finished);
  for (const child of children) child.send("go");
  for (const { path } of await Promise.all(answers)) assert.ok(bytes.equals(await readFile(path)));
  for (const child of children) child.kill();
  assert.equal((await published()).length, 1);
});

async function timeOne(): Promise<number> {
  const child = await startChild();
  const started = performance.now();
  child.send("go");
  await finished(child);
  child.kill();
  await cache.clear();
  return performance.now() - started;
}

test("a file that cannot grow any more stays in memory, with a warning, and leaves nothing behind", async () => {
  await cache.clear();
  // Blocks of 512 bytes: a third of the model. Node ignores SIGXFSZ and reads EFBIG, as it would read ENOSPC.
  const child = await startChild("4096");
  child.send("go");
  const { path, inMemory, warnings } = await finished(child);
  child.kill();
  assert.deepEqual([path, inMemory, warnings.length], [undefined, bytes.length, 1]);
  assert.match(JSON.stringify(warnings), /kept in memory.*EFBIG/);
  assert.deepEqual(await cache.files(), []);
});

async function published(): Promise<string[]> {
  return (await cache.files()).filter((file) => file.endsWith("model.ort"));
}

/** A file under its final name is whole at any moment. */
async function assertSound(): Promise<void> {
  for (const file of await published()) assert.ok(bytes.equals(await readFile(`${cache.folder}/${file}`)), file);
}
