import assert from "node:assert/strict";
import { uniform } from "../../../onnx/src/tensor/random-tensor.ts";
import { Environments } from "./environments.ts";
import type { Pinger } from "./pingers.ts";

/** Instances, and pings at a time. */
export const MOST = 50;

interface Run {
  readonly reached: number;
  readonly before: number;
  readonly after: number;
}

/** A pinger once, in a world where some instances are warm already. */
export async function simulate(pinger: Pinger, concurrency: number, seed: number): Promise<Run> {
  const random = uniform(seed * 1009 + concurrency);
  const environments = new Environments(random);
  const warmBefore = Math.floor(random() * (MOST + 1));
  // At one moment long ago, so that each needed its own.
  environments.serve(Array.from({ length: warmBefore }, () => ({ at: -1e9, holdMs: 1 })));
  const before = environments.count;
  return { reached: await pinger.warm(environments, concurrency, random), before, after: environments.count };
}

/** The pinger reaches as many distinct instances as it should, and starts no more than that takes, whatever the seed. */
export async function warmsExactly(pinger: Pinger, concurrency: number, seeds: number): Promise<void> {
  for (let seed = 0; seed < seeds; seed++) {
    const { reached, before, after } = await simulate(pinger, concurrency, seed);
    if (reached !== concurrency) assert.fail(`N ${concurrency}, seed ${seed}: ${reached} instances`);
    if (after > Math.max(before, concurrency)) assert.fail(`N ${concurrency}, seed ${seed}: ${after} started`);
  }
}
