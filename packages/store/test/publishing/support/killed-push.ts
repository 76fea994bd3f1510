import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openStore, resolve } from "@tricast/store";
import { listVersions, planPrune, prune, readAliases, toWeights, verify } from "@tricast/store/publishing";
import { externalTensor, floatValue, model } from "../../../../onnx/test/graph/support/proto-writer.ts";
import { push } from "../../support/push-onnx.ts";
import { scratchFolder, writeFile } from "../../support/scratch.ts";

const CHILD = join(import.meta.dirname, "../../support/push-forever.ts");
const scratch = scratchFolder();

/** Of several files, so that a kill often falls between two of them. */
function largeModel(): string {
  const names = ["a.bin", "b.bin", "c.bin"];
  for (const name of names) writeFile(scratch, `model/${name}`, Buffer.alloc(500_000, name));
  const weights = names.map((location) => externalTensor(5, location, { location, length: "500000" }));
  writeFile(scratch, "model/net.onnx", model(...weights, floatValue(12, "y", 1)));
  return join(scratch, "model");
}

/** Resolves when the child pushes, or has uploaded that many files of a version and goes no further. */
async function startPushing(folder: string, path: string, stopAfter?: number): Promise<ChildProcess> {
  const args = [folder, path, ...(stopAfter === undefined ? [] : [String(stopAfter)])];
  const child = spawn(process.execPath, ["--conditions=@tricast/source", CHILD, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  const [, signal] = await exited;
  assert.equal(signal, "SIGKILL");
}

/** Everything that a reader can find is whole; how many versions there are. */
async function checkStore(folder: string, known: Set<string>): Promise<number> {
  const store = await openStore(folder);
  const manifests = await listVersions(store, "iris");
  for (const { version } of manifests) {
    // Versions never change, so each is read once; the first look at the end reads all again.
    if (known.has(version)) continue;
    const { files } = await verify(store, `iris@${version}`);
    assert.deepEqual(
      files.filter(({ problem }) => problem !== undefined),
      [],
      version,
    );
    known.add(version);
  }
  const { aliases } = (await readAliases(store, "iris")).aliases;
  for (const { target } of Object.values(aliases)) {
    for (const version of Object.keys(toWeights(target))) await resolve(store, `iris@${version}`);
  }
  return manifests.length;
}

/** Folders without a manifest, and files that were being written. */
async function countLeftovers(folder: string): Promise<number> {
  const store = await openStore(folder);
  const unfinished = await planPrune(store, "iris", { keep: 1000, keepHistory: 0, unfinishedAfterMs: -1 });
  const partial = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".part"));
  return unfinished.length + partial.length;
}

/** When a push is killed: after a time, or when it has uploaded some of the four files of a version. */
export type Kill = { readonly afterMs: number } | { readonly afterFiles: number };

/** Kills pushes into one store: each leaves whole versions only, and the next push succeeds. */
export async function killPushes(kills: readonly Kill[]): Promise<void> {
  const path = largeModel();
  const folder = mkdtempSync(join(scratch, "store "));
  const store = await openStore(folder);
  const known = new Set<string>();
  for (const kill of kills) {
    const leftBefore = await countLeftovers(folder);
    await killOne(folder, path, kill, () => checkStore(folder, known));
    const before = await checkStore(folder, known);
    if ("afterFiles" in kill) assert.ok((await countLeftovers(folder)) > leftBefore, "the kill fell into an upload");
    const { created, manifest } = await push(store, "iris", path, { labels: { version: String(before) } });
    assert.ok(created, JSON.stringify(kill));
    assert.equal((await resolve(store, "iris")).version, manifest.version);
    assert.equal(await checkStore(folder, known), before + 1);
  }
  await prune(store, "iris", { keep: 3, keepHistory: 1, unfinishedAfterMs: -1 });
  assert.deepEqual(await planPrune(store, "iris", { keep: 3, keepHistory: 1, unfinishedAfterMs: -1 }), []);
  // More than three are kept where the alias or its history points to an older one.
  assert.ok((await checkStore(folder, new Set())) >= Math.min(3, known.size));
}

async function killOne(folder: string, path: string, at: Kill, read: () => Promise<unknown>): Promise<void> {
  if ("afterFiles" in at) return kill(await startPushing(folder, path, at.afterFiles));
  const child = await startPushing(folder, path);
  // A reader beside the push.
  await Promise.all([wait(at.afterMs), read()]);
  await kill(child);
}
