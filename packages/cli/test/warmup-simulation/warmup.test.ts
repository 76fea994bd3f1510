import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  lambdaWarmer,
  type Pinger,
  pluginWarmup,
  pluginWarmupOnTricast,
  tricastRules,
  tricastWarm,
} from "./pingers.ts";
import { MOST, simulate, warmsExactly } from "./simulate.ts";

const SEEDS = 1000;
const GUIDE = new URL("../../../../docs/guides/warmup-and-provisioned-concurrency.md", import.meta.url);

describe("a ping with concurrency N", () => {
  for (const pinger of [tricastWarm, tricastRules]) {
    it(`warms exactly N distinct instances, N from 1 to ${MOST}: ${pinger.name}`, async () => {
      for (let concurrency = 1; concurrency <= MOST; concurrency++) await warmsExactly(pinger, concurrency, 20);
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
