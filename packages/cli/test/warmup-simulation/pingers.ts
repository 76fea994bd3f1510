import { resolvePlan } from "@tricast/plan";
import { awsResources } from "@tricast/plan/tools";
import { fanOut, toEvent } from "../../src/warm/fan-out.ts";
import { type Arrival, type Environments, EVENT_BRIDGE_MS, NETWORK_MS, RULE_MS } from "./environments.ts";
import { holdOf, knownHold } from "./hold-of.ts";

/** Warms a function; gives the distinct instances that it reached. */
export interface Pinger {
  readonly name: string;
  warm(environments: Environments, concurrency: number, random: () => number): Promise<number>;
}

/** `tricast warm`: counts the answers, and sends again with a longer hold where there are too few instances. */
export const tricastWarm: Pinger = {
  name: "`tricast warm`",
  async warm(environments, concurrency, random) {
    let clock = 0;
    const sendAll = async (pings: Parameters<Parameters<typeof fanOut>[0]["sendAll"]>[0]) => {
      const holds = await holdsOf(pings.map(toEvent));
      const arrivals = holds.map((holdMs) => ({ at: clock + NETWORK_MS.draw(random), holdMs }));
      // The next round is sent after every answer of this one.
      clock += 60_000;
      return environments.serve(arrivals);
    };
    return (await fanOut({ concurrency, sendAll })).instances.length;
  },
};

/** The EventBridge rules that a plan with a ping renders to, fired once. */
export const tricastRules: Pinger = {
  name: "scheduled pings of a plan (`ping`)",
  async warm(environments, concurrency, random) {
    const arrivals: Arrival[] = [];
    for (const holds of await rulesFor(concurrency)) {
      const begin = RULE_MS.draw(random);
      for (const holdMs of holds) arrivals.push({ at: begin + EVENT_BRIDGE_MS.draw(random), holdMs });
    }
    return distinct(environments.serve(arrivals));
  },
};

/** Invokes in parallel and holds nothing (serverless-plugin-warmup 8.4.1, src/warmer.js); its README's handlers return at once. */
export const pluginWarmup: Pinger = {
  name: "serverless-plugin-warmup, handler of its README",
  warm: async (environments, concurrency, random) => distinct(environments.serve(inParallel(concurrency, 0, random))),
};

/** The same pings, answered by the core, which holds for a while where a ping does not say that it is alone. */
export const pluginWarmupOnTricast: Pinger = {
  name: "serverless-plugin-warmup, handler of tricast",
  async warm(environments, concurrency, random) {
    const holdMs = await holdOf({ source: "serverless-plugin-warmup" });
    return distinct(environments.serve(inParallel(concurrency, holdMs, random)));
  },
};

const LAMBDA_WARMER_SLEEP_MS = 75;

/**
 * One ping reaches an instance, which invokes the others itself and waits for the last; those sleep 75 ms
 * (lambda-warmer, index.js).
 */
export const lambdaWarmer: Pinger = {
  name: "lambda-warmer",
  async warm(environments, concurrency, random) {
    if (concurrency === 1) return distinct(environments.serve([{ at: 0, holdMs: 0 }]));
    const children = inParallel(concurrency - 1, LAMBDA_WARMER_SLEEP_MS, random);
    const last = children.at(-1)?.at ?? 0;
    const parent = { at: 0, holdMs: last + LAMBDA_WARMER_SLEEP_MS };
    return distinct(environments.serve([parent, ...children]));
  },
};

function inParallel(count: number, holdMs: number, random: () => number): Arrival[] {
  return Array.from({ length: count }, () => ({ at: NETWORK_MS.draw(random), holdMs }));
}

const rules = new Map<number, readonly (readonly number[])[]>();

/** By rule, how long each of its pings holds. */
async function rulesFor(concurrency: number): Promise<readonly (readonly number[])[]> {
  const before = rules.get(concurrency);
  if (before !== undefined) return before;
  const aws = { region: "eu-central-1", ping: { concurrency } };
  const plan = resolvePlan({ service: "flowers", predictors: { iris: {} }, targets: { aws } });
  const resources = Object.values(awsResources(plan, { version: () => "Version" }));
  const inputs = resources.filter(({ Type }) => Type === "AWS::Events::Rule").map(inputsOf);
  const found: (readonly number[])[] = [];
  for (const ofRule of inputs) found.push(await holdsOf(ofRule));
  rules.set(concurrency, found);
  return found;
}

/** One after the other: the service has one clock to take away. */
async function holdsOf(events: readonly unknown[]): Promise<readonly number[]> {
  const holds: number[] = [];
  for (const event of events) holds.push(knownHold(event) ?? (await holdOf(event)));
  return holds;
}

function inputsOf({ Properties }: { readonly Properties?: unknown }): readonly unknown[] {
  const { Targets } = Properties as { readonly Targets: readonly { readonly Input: string }[] };
  return Targets.map(({ Input }) => JSON.parse(Input));
}

function distinct(instances: readonly string[]): number {
  return new Set(instances).size;
}
