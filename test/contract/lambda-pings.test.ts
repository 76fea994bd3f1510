import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import { PING_SHAPES } from "@tricast/core/adapter";
import fc from "fast-check";
import { albMulti, albSingle } from "../events/aws/alb.ts";
import { lambdaContext } from "./hosts/aws.ts";
import { SEED } from "./support/random.ts";
import "./support/quiet.ts";
import { get, jsonOf } from "./support/core-testing.ts";

let [predicted, loaded] = [0, 0];
const handler = lambda(
  definePredictor({
    name: "counting",
    warmup: { holdMs: 1 },
    async load() {
      loaded++;
      return {};
    },
    predict(input: unknown) {
      predicted++;
      return { input };
    },
  }),
);

const invoke = (event: unknown): Promise<unknown> => handler(JSON.parse(JSON.stringify(event)), lambdaContext());

async function assertPing(event: unknown, kind: string): Promise<Record<string, unknown>> {
  const before = predicted;
  const answer = (await invoke(event)) as Record<string, unknown>;
  assert.equal(predicted, before, `${JSON.stringify(event)} reached predict`);
  if (kind !== "bref" && kind !== "opennext") assert.deepEqual([answer.warmed, answer.kind], [true, kind]);
  return answer;
}

async function assertTraffic(event: unknown): Promise<void> {
  const before = predicted;
  // As text, because that is what Lambda makes of the result.
  assert.equal(JSON.stringify(await invoke(event)), JSON.stringify({ input: event }));
  assert.equal(predicted, before + 1, `${JSON.stringify(event)} was taken for a ping`);
}

/** Every form in which each pinger sends its ping, as its own source has it. */
const FORMS: Readonly<Record<string, readonly unknown[]>> = {
  "serverless-plugin-warmup": [{ source: "serverless-plugin-warmup" }],
  "lambda-warmer": [
    { warmer: true, concurrency: 3 },
    { warmer: true, concurrency: 3, target: "other:live", test: true },
    {
      warmer: true,
      __WARMER_INVOCATION__: 2,
      __WARMER_CONCURRENCY__: 3,
      __WARMER_CORRELATIONID__: "fn-1234",
    },
    [
      { warmer: true, concurrency: 3 },
      { warmer: true, concurrency: 2, target: "other" },
    ],
    [{ warmer: true }],
  ],
  bref: [{ warmer: true }],
  opennext: [{ type: "warmer", warmerId: "warmer-9", index: 1, concurrency: 2, delay: 5 }],
  vapor: [
    { vaporWarmer: true, functionName: "iris", functionAlias: "live", concurrency: 2 },
    { vaporWarmerPing: true },
  ],
  thundra: ["#warmup", "#warmup wait=5", "#warmup wait=5 region=eu"],
  "scheduled-event": [
    {
      version: "0",
      id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "123456789012",
      time: "2026-03-10T05:16:23Z",
      region: "eu-central-1",
      resources: ["arn:aws:events:eu-central-1:123456789012:rule/warm"],
      detail: {},
    },
  ],
};

test("random inputs of this file", (t) => t.diagnostic(`fast-check seed ${SEED}; repeat with TRICAST_SEED=${SEED}`));

test("every row of the table of pings is tested here", () => {
  assert.deepEqual(Object.keys(FORMS).sort(), PING_SHAPES.map(({ kind }) => kind).sort());
});

for (const { kind, sample } of PING_SHAPES) {
  describe(`direct invocation by ${kind}`, () => {
    test("every form of its ping is one, and predict is never called", async () => {
      const forms = FORMS[kind]!;
      assert.ok(forms.length > 0);
      for (const form of [sample, ...forms]) await assertPing(form, kind);
    });

    test("its ping with a foreign key beside it is traffic", async () => {
      for (const form of FORMS[kind]!) {
        if (typeof form !== "object" || form === null || Array.isArray(form)) continue;
        if (kind === "scheduled-event") continue;
        await assertTraffic({ ...form, features: [1, 2] });
      }
    });

    test("its ping inside an input is traffic", async () => {
      for (const input of [{ input: sample }, { instances: 1, ping: sample }]) await assertTraffic(input);
    });
  });
}

test("pingers that read the answer get the one they expect", async () => {
  assert.deepEqual(await assertPing({ warmer: true }, "bref"), ["Lambda is warm"]);
  const opennext = await assertPing(FORMS.opennext![0], "opennext");
  assert.deepEqual(Object.keys(opennext), ["type", "serverId"]);
  assert.equal(opennext.type, "warmer");
  assert.match(String(opennext.serverId), /^[a-z0-9]{16}$/);
});

test("values that are not exactly the pinger's are traffic", async () => {
  const near = [
    { source: "serverless-plugin-warmup " },
    { warmer: "true" },
    { warmer: 1 },
    { warmer: false },
    { type: "warmer" },
    { vaporWarmer: "true", functionName: "f" },
    { vaporWarmerPing: 1 },
    "#warm",
    " #warmup",
    "#warmup now",
    [],
    [{ warmer: true }, { features: [1] }],
    [[{ warmer: true }]],
    null,
    true,
    0,
    "",
  ];
  for (const event of near) await assertTraffic(event);
});

test("no random input is a ping", async () => {
  const foreign = fc
    .dictionary(
      fc.constantFrom("source", "warmer", "type", "concurrency", "index", "x"),
      fc.jsonValue({ maxDepth: 1 }),
      { noNullPrototype: true },
    )
    .filter((event) => event.warmer !== true && event.source !== "serverless-plugin-warmup" && event.type !== "warmer");
  await fc.assert(fc.asyncProperty(foreign, assertTraffic), { numRuns: 200 });
});

test("pings in parallel load the model once, and a ping says how long it held", async () => {
  const pings = Array.from({ length: 30 }, (_, index) => ({
    type: "warmer",
    warmerId: `w-${index}`,
    index,
    concurrency: 30,
    delay: 50,
  }));
  await Promise.all(pings.map((ping) => assertPing(ping, "opennext")));
  const report = await assertPing({ warmer: true, concurrency: 2 }, "lambda-warmer");
  assert.equal((report.timings as { heldMs: number }).heldMs, 1);
  assert.equal(loaded, 1);
});

for (const source of [albSingle, albMulti]) {
  test(`${source.name}: the load balancer's health check warms and never predicts`, async () => {
    const before = predicted;
    const event = source.build(get("/whatever/its/path", [["User-Agent", "ELB-HealthChecker/2.0"]]));
    const response = source.read(await invoke(event), event);
    assert.deepEqual([response.status, jsonOf(response).kind], [200, "alb-health-check"]);
    assert.equal(predicted, before);
  });
}
