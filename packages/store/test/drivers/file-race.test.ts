import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { openStore } from "../../src/open-store.ts";
import { collect } from "./test-driver.ts";

let folder: string;
let program: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tricast-race-"));
  program = join(folder, "count.cjs");
  await build({
    entryPoints: [fileURLToPath(new URL("count.child.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["@tricast/source"],
    external: ["@aws-sdk/*"],
  });
});
after(() => rm(folder, { recursive: true }));

const start = (root: string, count: number): ChildProcess =>
  spawn(process.execPath, [program, root, String(count)], { stdio: ["ignore", "pipe", "inherit"] });

/** How often a child said that its write had succeeded. */
async function confirmed(child: ChildProcess): Promise<number> {
  let text = "";
  child.stdout?.on("data", (piece) => (text += piece));
  await new Promise((resolve) => child.once("close", resolve));
  return text.length;
}

async function readCounter(root: string): Promise<number> {
  const store = await openStore(root);
  return Number((await collect((await store.read("counter.json"))?.body)).toString());
}

test("conditional writes of several processes lose no update", async () => {
  const root = join(folder, "several");
  const counts = await Promise.all([start(root, 40), start(root, 40), start(root, 40)].map(confirmed));
  assert.deepEqual(counts, [40, 40, 40]);
  assert.equal(await readCounter(root), 120);
  assert.deepEqual(await readdir(root), ["counter.json"]);
});

test("a writer killed at any moment neither blocks the next one nor loses what it confirmed", async () => {
  const root = join(folder, "killed");
  let sum = 0;
  for (let kill = 0; kill < 12; kill++) {
    const child = start(root, 10_000);
    const count = confirmed(child);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
    child.kill("SIGKILL");
    sum += await count;
  }
  const survivor = await confirmed(start(root, 3));
  assert.equal(survivor, 3);
  const counter = await readCounter(root);
  // The last write of each killed process may have happened without being confirmed.
  assert.ok(counter >= sum + 3 && counter <= sum + 3 + 12, `${counter} after ${sum} confirmed`);
});
