import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { definePredictor, type LimitOptions, type TricastError } from "@tricast/core";
import { type ContractHost, HOSTS, type RunningHost } from "./hosts.ts";
import { fleet } from "./support/fleet.ts";
import { assertLikeCore } from "./support/reference.ts";
import { headerOf, jsonOf, post } from "./support/requests.ts";

/** Waits until its signal aborts when it is told to, and tells with what. */
function waiting(limits: LimitOptions) {
  const aborts: unknown[] = [];
  const deadlines: (number | undefined)[] = [];
  const predictor = definePredictor({
    name: "waiting",
    limits,
    load: () => ({}),
    async predict({ wait }: { wait: "signal" | "forever" | "no" }, { signal, invocation }) {
      deadlines.push(invocation.deadline);
      if (wait === "no") return { waited: false };
      signal.addEventListener("abort", () => aborts.push((signal.reason as TricastError).code));
      if (wait === "signal") await new Promise((resolve) => signal.addEventListener("abort", resolve));
      else await new Promise(() => {});
      return { waited: true };
    },
  });
  return { predictor, aborts, deadlines };
}

const { each } = fleet(() => waiting({ timeoutMs: 60 }));

each(
  "limits.timeoutMs ends a prediction: 504, the signal aborts, and the next request is served",
  async (instance) => {
    const { predictor, aborts } = instance.subject;
    for (const wait of ["signal", "forever"] as const) {
      aborts.length = 0;
      const began = performance.now();
      const response = await instance.send(post({ wait }));
      const took = performance.now() - began;
      assert.deepEqual([response.status, jsonOf(response).code], [504, "deadline-exceeded"]);
      assert.ok(took >= 55 && took < 2_000, `${took} ms`);
      assert.deepEqual(aborts, ["deadline-exceeded"]);
      await assertLikeCore(instance, predictor, post({ wait }));
      await assertLikeCore(instance, predictor, post({ instances: [{ wait: "no" }, { wait }] }));
      assert.deepEqual(jsonOf(await instance.send(post({ wait: "no" }))), { waited: false });
    }
  },
  { concurrent: true },
);

each(
  "a prediction that is late leaves those beside it alone",
  async ({ send }) => {
    const late = send(post({ wait: "forever" }));
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(post({ wait: "no" }))));
    for (const answer of answers) assert.equal(answer.status, 200);
    assert.equal((await late).status, 504);
  },
  { concurrent: true },
);

fleet(() => {
  let open: (model: object) => void = () => {};
  const loading = new Promise<object>((resolve) => {
    open = resolve;
  });
  const limits = { timeoutMs: 60 };
  return {
    predictor: definePredictor({ name: "slow", limits, load: () => loading, predict: () => ({ ok: true }) }),
    open,
  };
}).each(
  "a model still loading at the deadline is a 503 that says when to come back",
  async (instance) => {
    const { predictor, open } = instance.subject;
    const response = await assertLikeCore(instance, predictor, post({}));
    assert.deepEqual([response.status, jsonOf(response).code], [503, "model-loading"]);
    assert.match(headerOf(response, "retry-after") ?? "", /^[1-9]\d*$/);
    open({});
    await sleep(5);
    assert.deepEqual(jsonOf(await instance.send(post({}))), { ok: true });
  },
  { concurrent: true },
);

const LAMBDA_MS = 700;
/** Read from the environment at each request, in seconds. */
const CLOUD_RUN_MS = 700;
/** learn.microsoft.com, functions-scale: the load balancer in front of every plan. */
const AZURE_MS = 230_000;

const PLATFORM_MS = {
  "aws-lambda": LAMBDA_MS,
  "azure-functions": AZURE_MS,
  "cloud-functions": CLOUD_RUN_MS,
  // A server on Cloud Run reads the same variable, once, when it starts.
  server: CLOUD_RUN_MS,
} as const;

function platformMs({ platform }: ContractHost): number {
  return PLATFORM_MS[platform as keyof typeof PLATFORM_MS];
}

describe("the platform's own deadline", { concurrency: HOSTS.length }, () => {
  before(() => {
    process.env.CLOUD_RUN_TIMEOUT_SECONDS = String(CLOUD_RUN_MS / 1_000);
  });
  after(() => {
    delete process.env.CLOUD_RUN_TIMEOUT_SECONDS;
  });

  for (const host of HOSTS) {
    test(`${host.name}: reaches predict, and a late prediction is a 504 before the platform gives up`, async () => {
      const { predictor, deadlines, aborts } = waiting({});
      const running: RunningHost = await host.start(predictor, { remainingMs: LAMBDA_MS });
      try {
        const began = Date.now();
        assert.equal((await running.send(post({ wait: "no" }))).status, 200);
        const [deadline = 0] = deadlines;
        assert.ok(deadline >= began + platformMs(host) && deadline <= Date.now() + platformMs(host), `${deadline}`);
        // Azure's is the only one that no test can shorten, and too long to wait for.
        if (host.platform === "azure-functions") return;
        const sent = Date.now();
        const response = await running.send(post({ wait: "forever" }));
        assert.deepEqual([response.status, jsonOf(response).code], [504, "deadline-exceeded"]);
        assert.ok(Date.now() < sent + platformMs(host), "the platform gave up first");
        assert.deepEqual(aborts, ["deadline-exceeded"]);
      } finally {
        await running.close();
      }
    });
  }
});
