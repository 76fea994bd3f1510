// Serves a model under steady load while its alias moves again and again, and prints what happened as one JSON line.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { definePredictor } from "@tricast/core";
import { createService } from "@tricast/core/adapter";
import { onnx } from "@tricast/onnx";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { openStore } from "@tricast/store";
import { promote, push } from "@tricast/store/publishing";
import { adder } from "./adder.ts";

const SWAPS = 200;
const SETTLING_SWAPS = 20;
const VERSIONS = 4;
/** A megabyte of weights, so that a version which is never released shows. */
const WIDTH = 262_144;

process.env.TRICAST_LOG_LEVEL = "error";
const scratch = mkdtempSync(join(tmpdir(), "tricast-hot-swap-"));
const store = await openStore(scratch);

for (let version = 1; version <= VERSIONS; version++) {
  const path = join(scratch, `model-${version}.onnx`);
  writeFileSync(path, adder(version, WIDTH));
  await push(store, "adder", path, { describe: readOnnxHeader, version: `v${version}` });
}
await promote(store, "adder", "prod", "v1");

const service = createService(
  definePredictor({
    name: "adder",
    model: onnx(join(scratch, "adder@prod"), { store: { recheckMs: 100 } }),
    examples: [{ x: [0] }],
  }),
);
await service.start();

let requests = 0;
let failed = 0;
let mixed = 0;
let serving = "";
let stopped = false;

async function load(): Promise<void> {
  while (!stopped) {
    const x = requests++;
    const request = { method: "POST", path: "/predict", query: "", headers: {}, body: `{"x":[${x}]}` };
    const response = await service.handle(request, { id: String(x), platform: "local", native: undefined });
    if (response.status !== 200) failed++;
    else {
      serving = String(response.headers["x-tricast-model-version"]);
      if (JSON.parse(String(response.body)).y[0] !== x + Number(serving.slice(1))) mixed++;
    }
    await sleep(1);
  }
}

function memoryMb(): number {
  for (let turn = 0; turn < 3; turn++) globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
}

async function swapTo(version: string): Promise<void> {
  await promote(store, "adder", "prod", version);
  for (let turn = 0; turn < 15_000 && serving !== version; turn++) await sleep(2);
  if (serving !== version) throw new Error(`${version} was not served within 30 s`);
}

const clients = Array.from({ length: 4 }, load);
let swaps = 0;
let startMb = 0;
for (; swaps < SWAPS + SETTLING_SWAPS; swaps++) {
  // The first swaps fill pools that stay.
  if (swaps === SETTLING_SWAPS) startMb = memoryMb();
  await swapTo(`v${((swaps + 1) % VERSIONS) + 1}`);
}
stopped = true;
await Promise.all(clients);
const endMb = memoryMb();
await service.close();
rmSync(scratch, { recursive: true });
console.log(JSON.stringify({ swaps: swaps - SETTLING_SWAPS, requests, failed, mixed, startMb, endMb }));
