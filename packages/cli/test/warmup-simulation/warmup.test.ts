import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Environments, randomFrom } from "./environments.ts";
import {
  lambdaWarmer,
  type Pinger,
  pluginWarmup,
  pluginWarmupOnTricast,
  tricastRules,
  tricastWarm,
} from "./pingers.ts";

const SEEDS = 1000;
const MOST = 50;
const GUIDE = new URL("../../../../docs/guides/warmup-and-provisioned-concurrency.md", import.meta.url);

interface Run {
  readonly reached: number;
  readonly before: number;
  readonly after: number;
}

/** A pinger once, in a world where some instances are warm already. */
async function simulate(pinger: Pinger, concurrency: number, seed: number): Promise<Run> {
  const random = randomFrom(seed * 1009 + concurrency);
  const environments = new Environments(random);
  const warmBefore = Math.floor(random() * (MOST + 1));
  // At one moment long ago, so that each needed its own.
  environments.serve(Array.from({ length: warmBefore }, () => ({ at: -1e9, holdMs: 1 })));
  const before = environments.count;
  return { reached: await pinger.warm(environments, concurrency, random), before, after: environments.count };
}

describe("a ping with concurrency N", () => {
  for (const pinger of [tricastWarm, tricastRules]) {
    it(`warms exactly N distinct instances, N from 1 to ${MOST}, with ${SEEDS} seeds: ${pinger.name}`, async () => {
      for (let concurrency = 1; concurrency <= MOST; concurrency++) {
        for (let seed = 0; seed < SEEDS; seed++) {
          const { reached, before, after } = await simulate(pinger, concurrency, seed);
          if (reached !== concurrency) assert.fail(`N ${concurrency}, seed ${seed}: ${reached} instances`);
          if (after > Math.max(before, concurrency)) assert.fail(`N ${concurrency}, seed ${seed}: ${after} started`);
        }
      }
    });
  }

  it("warms fewer where nothing holds the instances long enough, which the guide shows", async () => {
    const [own, , plugin, , warmer] = await Promise.all(PINGERS.map((pinger) => outcomes(pinger, 25)));
    assert.ok(own !== undefined && plugin !== undefined && warmer !== undefined);
    assert.deepEqual(own, { mean: 25, exact: 1 });
    assert.ok(plugin.exact < 0.05 && plugin.mean < 20, JSON.stringify(plugin));
    assert.ok(warmer.exact < 0.9 && warmer.mean < 25, JSON.stringify(warmer));
  });

  it("has its table in the guide", async () => {
    assert.ok(readFileSync(GUIDE, "utf8").includes(await table()), await table());
  });
});

const PINGERS = [tricastWarm, tricastRules, pluginWarmup, pluginWarmupOnTricast, lambdaWarmer];
const SHOWN = [1, 5, 10, 25, 50];

async function outcomes(pinger: Pinger, concurrency: number) {
  const reached: number[] = [];
  for (let seed = 0; seed < SEEDS; seed++) reached.push((await simulate(pinger, concurrency, seed)).reached);
  const mean = reached.reduce((sum, one) => sum + one, 0) / SEEDS;
  return { mean, exact: reached.filter((one) => one === concurrency).length / SEEDS };
}

/** As the guide has it: the mean of the instances reached, and how often it was exactly N. */
async function table(): Promise<string> {
  const rows: string[] = [];
  for (const pinger of PINGERS) {
    const cells: string[] = [];
    for (const concurrency of SHOWN) {
      const { mean, exact } = await outcomes(pinger, concurrency);
      cells.push(`${mean.toFixed(1)} (${Math.floor(exact * 100)} %)`);
    }
    rows.push(`| ${[pinger.name, ...cells].join(" | ")} |`);
  }
  const head = `| Pings of | ${SHOWN.map((concurrency) => `N = ${concurrency}`).join(" | ")} |`;
  return [head, `|${"---|".repeat(SHOWN.length + 1)}`, ...rows].join("\n");
}
