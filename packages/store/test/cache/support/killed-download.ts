import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type HttpsServer, startHttpsServer } from "../../../../../test/support/stores/https-server.ts";
import { type TemporaryCache, temporaryCache } from "../../download/temporary-cache.ts";

export const bytes = randomBytes(6_000_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");

const CERTIFICATE = fileURLToPath(new URL("../../../../../test/support/stores/tls/cert.pem", import.meta.url));

let server: HttpsServer;
export let cache: TemporaryCache;
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
export async function startChild(limit = "unlimited"): Promise<ChildProcess> {
  const command = [program, cache.folder, `${server.address}/model.ort`, sha256, CERTIFICATE];
  const shell = ["-c", `ulimit -f ${limit}; exec "$0" "$@"`, process.execPath, ...command];
  const child = spawn("sh", shell, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`the child exited with ${code}`)));
  });
  return child;
}

export function finished(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Answer));
    child.once("exit", (code, signal) => reject(new Error(`the child ended with ${code ?? signal}`)));
  });
}

/** When a download is killed: after a share of the time that one takes, or when the server has sent so many bytes. */
export type Kill = { readonly afterShare: number } | { readonly afterBytes: number };

/** Kills downloads into one cache: a file under its final name is always whole, and the next download ends right. */
export async function killDownloads(kills: readonly Kill[]): Promise<void> {
  await cache.clear();
  const lastingMs = await timeOne();
  for (const kill of kills) {
    if ("afterBytes" in kill) await killInDownload(kill.afterBytes);
    else await killAfter(kill.afterShare * lastingMs);
    await assertSound();
    // What was finished goes, so that the next one downloads again; what was not stays in its way.
    for (const file of await published()) await rm(dirname(join(cache.folder, file)), { recursive: true });
  }
  const child = await startChild();
  child.send("go");
  const { path } = await finished(child);
  assert.ok(bytes.equals(await readFile(path)));
  child.kill();
  assert.deepEqual(
    (await cache.files()).filter((file) => file.startsWith("partial")),
    [],
  );
}

/** The server sends no more than `count` bytes, so that the download cannot have ended. */
async function killInDownload(count: number): Promise<void> {
  const { promise: sent, resolve } = Promise.withResolvers<void>();
  server.handler = (_request, response) => {
    response.writeHead(200, { etag: '"stalled"', "content-length": bytes.length });
    response.write(bytes.subarray(0, count), () => resolve());
    return true;
  };
  const child = await startChild();
  const answer = assert.rejects(finished(child), /SIGKILL/);
  child.send("go");
  await sent;
  child.kill("SIGKILL");
  await answer;
  server.handler = undefined;
}

/** The download may have ended before. */
async function killAfter(ms: number): Promise<void> {
  const child = await startChild();
  const exited = once(child, "exit");
  child.send("go");
  await wait(ms);
  child.kill("SIGKILL");
  await exited;
}

async function timeOne(): Promise<number> {
  const child = await startChild();
  const started = performance.now();
  child.send("go");
  await finished(child);
  child.kill();
  await cache.clear();
  return performance.now() - started;
}

export async function published(): Promise<string[]> {
  return (await cache.files()).filter((file) => file.endsWith("model.ort"));
}

/** A file under its final name is whole at any moment. */
async function assertSound(): Promise<void> {
  for (const file of await published()) assert.ok(bytes.equals(await readFile(`${cache.folder}/${file}`)), file);
}
