import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { definePredictor } from "@tricast/core";
import {
  answerPing,
  createService,
  PING_SHAPES,
  recogniseHttpPing,
  recognisePing,
  WARMUP_HEADER,
  type WarmupPing,
  type WarmupReport,
} from "@tricast/core/adapter";
import fc from "fast-check";
import "./support/calls.ts";
import { captureLines } from "./support/capture.ts";
import { settle } from "./support/gate.ts";

afterEach(() => {
  mock.timers.reset();
  delete process.env.TRICAST_WARMUP_SECRET;
  delete process.env.WARMUP_DELAY;
});

test("every ping shape is recognised from its own sample, by its own row, and names its source", () => {
  assert.ok(PING_SHAPES.length >= 7);
  for (const { kind, sample, source } of PING_SHAPES) {
    assert.equal(recognisePing(sample)?.kind, kind);
    assert.ok(source.length > 10);
  }
  assert.equal(new Set(PING_SHAPES.map(({ kind }) => kind)).size, PING_SHAPES.length);
});

/** What pingers send besides the samples, and what it must be read as. */
const PINGS: readonly [event: unknown, ping: WarmupPing][] = [
  [
    { warmer: true, concurrency: 1 },
    { kind: "lambda-warmer", concurrency: 1 },
  ],
  [
    { warmer: true, __WARMER_INVOCATION__: 2, __WARMER_CONCURRENCY__: 3, __WARMER_CORRELATIONID__: "abc" },
    { kind: "lambda-warmer", concurrency: 3, index: 1 },
  ],
  [
    [
      { warmer: true, concurrency: 3, target: "other" },
      { warmer: true, test: true },
    ],
    { kind: "lambda-warmer", concurrency: 3 },
  ],
  [[{ warmer: true }], { kind: "lambda-warmer" }],
  [
    { type: "warmer", warmerId: "w", index: 4, concurrency: 5, delay: 10 },
    { kind: "opennext", concurrency: 5, index: 4, holdMs: 10 },
  ],
  [
    { vaporWarmer: true, functionName: "f", functionAlias: "live", concurrency: 9 },
    { kind: "vapor", concurrency: 9 },
  ],
  [{ vaporWarmerPing: true }, { kind: "vapor" }],
  ["#warmup", { kind: "thundra", holdMs: 100 }],
  ["#warmup wait=5 a=b", { kind: "thundra", holdMs: 5 }],
  [
    { "detail-type": "Scheduled Event", source: "aws.scheduler", detail: "{}" },
    { kind: "scheduled-event", holdMs: 0 },
  ],
];

for (const [event, expected] of PINGS) {
  test(`is a ping: ${JSON.stringify(event)}`, () => {
    const ping = recognisePing(event);
    assert.ok(ping !== undefined);
    const said = Object.fromEntries(Object.entries(ping).filter(([, value]) => value !== undefined));
    assert.deepEqual(said, expected);
  });
}

/** One step away from a ping: a wrong type, a wrong value, a wrapper. */
const TRAFFIC: readonly unknown[] = [
  { source: "serverless-plugin-warmup2" },
  { source: ["serverless-plugin-warmup"] },
  { source: "serverless-plugin-lambda-warmup" },
  { body: '{"source":"serverless-plugin-warmup"}', httpMethod: "POST" },
  { body: { warmer: true } },
  { warmer: "true" },
  { warmer: 1 },
  { warmer: {} },
  { warmer: false },
  { Warmer: true },
  { warmer: "true", concurrency: 3 },
  [{ warmer: true, concurrency: 1 }, { features: [1] }],
  [{ features: [1] }, { warmer: true, concurrency: 1 }],
  [[{ warmer: true, concurrency: 1 }]],
  [{ source: "serverless-plugin-warmup" }],
  ["#warmup"],
  [],
  { type: "warmer" },
  { type: "warmer", warmerId: 1 },
  { type: "Warmer", warmerId: "w" },
  { vaporWarmer: true },
  { vaporWarmer: "true", functionName: "f" },
  { vaporWarmerPing: 1 },
  "warmup",
  "#warmup please",
  "#warmupx",
  " #warmup",
  "x #warmup wait=1",
  { "detail-type": "Scheduled Event", source: "my.app" },
  { "detail-type": "Order", source: "aws.events" },
  { source: "aws.events" },
  {},
  null,
  undefined,
  true,
  1,
  "",
];

for (const event of TRAFFIC) {
  test(`is traffic: ${JSON.stringify(event)}`, () => assert.equal(recognisePing(event), undefined));
}

test("a ping with any foreign key beside its marker is traffic", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PING_SHAPES.filter(({ sample }) => typeof sample === "object")),
      fc.string({ minLength: 1 }).map((key) => `x${key}`),
      fc.jsonValue(),
      ({ sample }, key, value) => {
        assert.equal(recognisePing({ ...(sample as object), [key]: value }), undefined);
      },
    ),
  );
});

test("no JSON that is not a ping is taken for one", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (event) => {
      assert.equal(recognisePing(event), undefined);
    }),
    { numRuns: 500 },
  );
});

test("not even JSON made of the words that pings are made of, unless the marker is exact", () => {
  const words = ["source", "warmer", "type", "warmerId", "concurrency", "vaporWarmer", "detail-type", "__proto__"];
  const values = fc.oneof(
    fc.constantFrom("true", "warmer", "#warmup", "Scheduled Event", 1, 0, null, false),
    fc.constantFrom<unknown>([], {}, [true]),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...words), values), (event) => {
      // The one combination of these that is a ping.
      fc.pre(!(event.type === "warmer" && typeof event.warmerId === "string"));
      assert.equal(recognisePing(event), undefined);
    }),
    { numRuns: 500 },
  );
});

const REPORT: WarmupReport = {
  warmed: true,
  kind: "x",
  predictor: "a",
  instance: "i-1",
  state: "ready",
  coldStart: false,
  initializationType: "on-demand",
  timings: { loadMs: 1, warmMs: 2, heldMs: 3 },
};

test("each pinger is answered as it expects, and the others with the report", () => {
  const answers = Object.fromEntries(PING_SHAPES.map(({ kind }) => [kind, answerPing({ kind }, REPORT)]));
  assert.deepEqual(answers.bref, ["Lambda is warm"]);
  assert.deepEqual(answers.opennext, { type: "warmer", serverId: "i-1" });
  for (const kind of ["serverless-plugin-warmup", "lambda-warmer", "vapor", "thundra", "scheduled-event"]) {
    assert.equal(answers[kind], REPORT);
  }
  assert.equal(answerPing({ kind: "http" }, REPORT), REPORT);
});

test("over HTTP a ping needs the secret, all of it", () => {
  process.env.TRICAST_WARMUP_SECRET = "open sesame";
  assert.deepEqual(recogniseHttpPing({ [WARMUP_HEADER]: "open sesame" }), { kind: "http", holdMs: 0 });
  for (const given of ["", "open", "open sesame ", "open sesam", "Open sesame", "open sesamf"]) {
    assert.equal(recogniseHttpPing({ [WARMUP_HEADER]: given }), undefined, given);
  }
  assert.equal(recogniseHttpPing({}), undefined);
});

test("without a secret set, or with an empty one, no HTTP request is a ping", () => {
  for (const secret of [undefined, ""]) {
    if (secret !== undefined) process.env.TRICAST_WARMUP_SECRET = secret;
    for (const given of ["", "undefined", "x"]) assert.equal(recogniseHttpPing({ [WARMUP_HEADER]: given }), undefined);
  }
});

test("a pinger over HTTP may say how many siblings it sends", () => {
  process.env.TRICAST_WARMUP_SECRET = "s";
  const ping = (concurrency: string) =>
    recogniseHttpPing({ [WARMUP_HEADER]: "s", "x-tricast-warmup-concurrency": concurrency });
  assert.deepEqual(ping("4"), { kind: "http", concurrency: 4 });
  for (const wrong of ["0", "-1", "1.5", "x", "", "1e99"]) assert.deepEqual(ping(wrong), { kind: "http", holdMs: 0 });
});

test("a pinger over HTTP may say how long each ping holds its instance", () => {
  process.env.TRICAST_WARMUP_SECRET = "s";
  const ping = (hold: string, more = {}) =>
    recogniseHttpPing({ [WARMUP_HEADER]: "s", "x-tricast-warmup-hold": hold, ...more });
  assert.deepEqual(ping("250"), { kind: "http", holdMs: 250 });
  assert.deepEqual(ping("0", { "x-tricast-warmup-concurrency": "3" }), { kind: "http", concurrency: 3, holdMs: 0 });
  for (const wrong of ["-1", "1.5", "x", "", "1e3"]) {
    assert.deepEqual(ping(wrong), { kind: "http", holdMs: 0 });
    assert.deepEqual(ping(wrong, { "x-tricast-warmup-concurrency": "3" }), { kind: "http", concurrency: 3 });
  }
  assert.equal(recogniseHttpPing({ "x-tricast-warmup-hold": "250" }), undefined, "it is no proof of anything");
});

test("the scheduler's header counts only where the platform authenticates callers", () => {
  const headers = { "x-cloudscheduler": "true", "x-cloudscheduler-jobname": "warm" };
  assert.equal(recogniseHttpPing(headers), undefined);
  assert.equal(recogniseHttpPing(headers, "secret"), undefined);
  assert.deepEqual(recogniseHttpPing(headers, "platform"), { kind: "cloud-scheduler", holdMs: 0 });
  assert.equal(recogniseHttpPing({ "x-cloudscheduler": "false" }, "platform"), undefined);
  assert.equal(recogniseHttpPing({}, "platform"), undefined);
});

function warmable(holdMs?: number) {
  const warmup = holdMs === undefined ? {} : { warmup: { holdMs } };
  return createService(definePredictor({ name: "a", ...warmup, load: () => 1, predict: () => 1 }));
}

/** The hold of a ping: how long its answer is kept back. */
const HOLDS: readonly [name: string, ping: WarmupPing, heldMs: number, ownMs?: number][] = [
  ["a ping that says nothing holds 75 ms", { kind: "x" }, 75],
  ["the predictor may set its own hold", { kind: "x" }, 300, 300],
  ["a ping's own hold goes first", { kind: "x", holdMs: 20 }, 20, 300],
  ["a ping that asks for none is answered at once", { kind: "x", holdMs: 0 }, 0],
  ["a ping that is alone is answered at once", { kind: "x", concurrency: 1 }, 0],
  ["one of several holds", { kind: "x", concurrency: 2, index: 1 }, 75],
  ["no ping can hold an instance for longer than ten seconds", { kind: "x", holdMs: 99_999 }, 10_000],
];

for (const [name, ping, heldMs, ownMs] of HOLDS) {
  test(name, async () => {
    const service = warmable(ownMs);
    await service.start();
    mock.timers.enable({ apis: ["setTimeout"] });
    let report: WarmupReport | undefined;
    const warmed = service.warm(ping).then((value) => {
      report = value;
    });
    await settle();
    if (heldMs > 0) {
      mock.timers.tick(heldMs - 1);
      await settle();
      assert.equal(report, undefined, "answered too early");
      mock.timers.tick(1);
    }
    await settle();
    assert.equal(report?.timings.heldMs, heldMs);
    await warmed;
  });
}

test("Bref's own variable sets the hold of its pings", () => {
  process.env.WARMUP_DELAY = "40";
  assert.equal(recognisePing({ warmer: true })?.holdMs, 40);
  process.env.WARMUP_DELAY = "soon";
  assert.equal(recognisePing({ warmer: true })?.holdMs, undefined);
});

test("a ping reports the instance, its state and what the start cost, and warms it for the next request", async () => {
  const seen: unknown[] = [];
  const service = createService(
    definePredictor({ name: "warm-me", examples: [7], predict: (input: unknown) => seen.push(input) }),
  );
  const report = await service.warm({ kind: "lambda-warmer", holdMs: 0 });
  assert.deepEqual(
    { ...report, instance: "", timings: {} },
    {
      warmed: true,
      kind: "lambda-warmer",
      predictor: "warm-me",
      instance: "",
      state: "ready",
      coldStart: report.coldStart,
      initializationType: "on-demand",
      timings: {},
      code: undefined,
    },
  );
  assert.match(report.instance, /^[a-z0-9]{16}$/);
  assert.ok(report.timings.loadMs >= 0 && report.timings.warmMs > 0);
  assert.deepEqual(seen, [7], "the example and nothing else was predicted");
  assert.equal((await service.warm()).kind, "manual");
});

test("a ping to an instance whose model fails reports the code and does not reject", async () => {
  const service = createService(
    definePredictor({ name: "a", load: (): Promise<unknown> => Promise.reject(new Error("x")), predict: () => 1 }),
  );
  await captureLines(async () => {
    const report = await service.warm();
    assert.deepEqual([report.state, report.code], ["failed", "model-load-failed"]);
  });
});
