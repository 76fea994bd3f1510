import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { openStore, resolve } from "@tricast/store";
import { listVersions, planPrune, prune, readAliases, toWeights, verify } from "@tricast/store/publishing";
import { externalTensor, model } from "../../../onnx/test/graph/support/proto-writer.ts";
import { push } from "../support/push-onnx.ts";
import { scratchFolder, writeFile } from "../support/scratch.ts";

const KILLS = 32;
const CHILD = join(import.meta.dirname, "../support/push-forever.ts");
const scratch = scratchFolder();

/** Of several files, so that a kill often falls between two of them. */
function largeModel(): string {
  const names = ["a.bin", "b.bin", "c.bin"];
  for (const name of names) writeFile(scratch, `model/${name}`, Buffer.alloc(500_000, name));
  const weights = names.map((location) => externalTensor(5, location, { location, length: "500000" }));
  writeFile(scratch, "model/net.onnx", model(...weights));
  return join(scratch, "model");
}

async function startPushing(folder: string, path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--conditions=@tricast/source", CHILD, folder, path], {
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

/** Resolves while a version has files but no manifest yet. */
async function uploadUnderWay(folder: string, child: ChildProcess): Promise<void> {
  const versions = join(folder, "iris");
  const before = new Set(foldersIn(versions));
  const isNew = (name: string): boolean =>
    !before.has(name) && readdirSync(join(versions, name)).every((file) => file !== "model.json");
  while (!foldersIn(versions).some(isNew)) {
    assert.equal(child.exitCode, null, "the push ended by itself");
    await wait(1);
  }
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}

/** Folders without a manifest, and files that were being written. */
async function countLeftovers(folder: string): Promise<number> {
  const store = await openStore(folder);
  const unfinished = await planPrune(store, "iris", { keep: 1000, keepHistory: 0, unfinishedAfterMs: -1 });
  const partial = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".part"));
  return unfinished.length + partial.length;
}

describe("a push killed at any moment", () => {
  it(`leaves whole versions only, ${KILLS} times, and the next push succeeds`, async () => {
    const path = largeModel();
    const folder = join(scratch, "store");
    mkdirSync(folder);
    const store = await openStore(folder);
    const known = new Set<string>();
    let inside = 0;
    let leftBefore = 0;
    for (let round = 0; round < KILLS; round++) {
      const child = await startPushing(folder, path);
      const delay = Math.random() * 80;
      // A reader beside the push.
      await Promise.all([wait(delay), checkStore(folder, known)]);
      // How much of its time a child uploads depends on the machine: every other kill is aimed.
      if (round % 2 === 0) await uploadUnderWay(folder, child);
      await kill(child);
      const before = await checkStore(folder, known);
      const left = await countLeftovers(folder);
      if (left > leftBefore) inside++;
      leftBefore = left;
      const { created, manifest } = await push(store, "iris", path, { labels: { round: String(round) } });
      assert.ok(created, `round ${round}, killed after ${delay} ms`);
      assert.equal((await resolve(store, "iris")).version, manifest.version);
      assert.equal(await checkStore(folder, known), before + 1);
    }
    assert.ok(inside >= KILLS / 4, `only ${inside} of ${KILLS} kills fell into the upload of a version`);
    await prune(store, "iris", { keep: 3, keepHistory: 1, unfinishedAfterMs: -1 });
    assert.deepEqual(await planPrune(store, "iris", { keep: 3, keepHistory: 1, unfinishedAfterMs: -1 }), []);
    assert.ok((await checkStore(folder, new Set())) >= 3);
  });
});
