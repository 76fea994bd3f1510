import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { definePredictor, TricastError } from "@tricast/core";
import {
  type Adapter,
  bind,
  createService,
  type InferenceRequest,
  type InferenceResponse,
  type Invocation,
  LOCAL,
  type RequestRecord,
  setTracer,
} from "@tricast/core/adapter";
import { invocation, request } from "./support/calls.ts";
import { captureLines } from "./support/capture.ts";
import { gate, keptAlive, settle } from "./support/gate.ts";
import { type RecordedSpan, recordSpans } from "./support/tracing.ts";

interface Event {
  readonly request?: Partial<InferenceRequest>;
  readonly call?: Partial<Invocation>;
  readonly fail?: TricastError;
}

const adapter: Adapter<Event, undefined, InferenceResponse> = {
  platform: LOCAL,
  toPing: ({ request: part }) => (part?.path === "/ping" ? { kind: "test" } : undefined),
  toInvocation: ({ call }) => ({ ...invocation({ id: "r1", ...call }), log: undefined }),
  toRequest: ({ request: part, fail }) => {
    if (fail !== undefined) throw fail;
    return request({ body: "1", ...part });
  },
  toResult: (response) => response,
  toPong: () => ({ status: 200, headers: {}, body: "" }),
};

const work = gate();
const guard = ({ headers }: { readonly headers: Readonly<Record<string, string>> }): undefined => {
  const refusals = { none: "unauthorized", full: "overloaded" } as const;
  const code = refusals[headers["x-key"] as keyof typeof refusals];
  if (code !== undefined) throw new TricastError(code, "no");
};
const service = createService(
  definePredictor({
    name: "watched",
    load: () => ({}),
    predict: (input: unknown) => (input === "wait" ? work.promise : input),
  }),
  { guard },
);

const open = createService(definePredictor({ name: "open", predict: (input: unknown) => input }));

/** Every way a request can end, and what it leaves behind. */
const ENDS: readonly [
  title: string,
  event: () => Event,
  operation: string,
  status: number,
  code: string | undefined,
][] = [
  ["answered", () => ({}), "predict", 200, undefined],
  ["without credentials", () => ({ request: { headers: { "x-key": "none" } } }), "predict", 401, "unauthorized"],
  ["one too many", () => ({ request: { headers: { "x-key": "full" } } }), "predict", 429, "overloaded"],
  [
    "cancelled",
    () => ({ request: { body: '"wait"' }, call: { signal: AbortSignal.timeout(20) } }),
    "predict",
    499,
    "request-cancelled",
  ],
  [
    "late",
    () => ({ request: { body: '"wait"' }, call: { deadline: Date.now() + 20 } }),
    "predict",
    504,
    "deadline-exceeded",
  ],
  ["malformed", () => ({ request: { body: "{" } }), "predict", 400, "invalid-json"],
  ["without a route", () => ({ request: { path: "/nowhere" } }), "none", 404, "not-found"],
  [
    "not translated",
    () => ({ fail: new TricastError("unsupported-event", "keys: a") }),
    "none",
    400,
    "unsupported-event",
  ],
  ["read", () => ({ request: { method: "GET", path: "/metadata" } }), "metadata", 200, undefined],
];

afterEach(() => {
  setTracer(undefined);
  delete process.env.TRICAST_ACCESS_LOG;
});

for (const [title, event, operation, status, code] of ENDS) {
  test(`a request that is ${title} leaves one span and one record`, async () => {
    await service.start();
    const records: RequestRecord[] = [];
    const handler = bind(service, adapter, { recorder: (record) => void records.push(record) });
    const spans = await recordSpans(() => keptAlive(() => handler(event(), undefined)));
    assert.deepEqual(
      records.map(({ outcome, status: seen }) => [outcome.operation, seen, outcome.error?.code]),
      [[operation, status, code]],
    );
    const roots = spans.filter(({ parent }) => parent === undefined);
    assert.equal(roots.length, 1);
    const { end } = roots[0] as RecordedSpan;
    assert.deepEqual([end.attributes?.["http.response.status_code"], end.error], [status, code]);
    assert.equal(end.failed, status >= 500);
  });
}

test("a prediction has spans for decoding, running and encoding within that of its request", async () => {
  await open.start();
  const spans = await recordSpans(() => bind(open, adapter)({}, undefined));
  assert.deepEqual(
    spans.map(({ name, parent }) => [name, parent]),
    [
      ["decode", "POST"],
      ["run", "POST"],
      ["encode", "POST"],
      ["POST /predict", undefined],
    ],
  );
});

test("a request that waits for the model has a span for it, and the load has its own", async () => {
  const cold = createService(definePredictor({ name: "cold", load: async () => ({}), predict: () => 1 }));
  const spans = await recordSpans(() => bind(cold, adapter)({}, undefined));
  const names = spans.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ["POST /predict", "decode", "encode", "load", "run", "wait"]);
  assert.deepEqual(spans.find(({ name }) => name === "load")?.start?.attributes, { "tricast.predictor": "cold" });
});

test("a load that fails ends its span with the code", async () => {
  const failing = createService(
    definePredictor({
      name: "failing",
      load: (): Promise<object> => Promise.reject(new Error("no")),
      predict: () => 1,
    }),
  );
  const lines = await captureLines(async () => {
    const [load] = await recordSpans(() => failing.start());
    assert.deepEqual([load?.name, load?.end], ["load", { error: "model-load-failed", failed: true }]);
  });
  assert.equal(lines.length, 1);
});

test("a step that fails ends its span with the code, and nothing is left open", async () => {
  await open.start();
  const spans = await recordSpans(() => bind(open, adapter)({ request: { body: "{" } }, undefined));
  assert.deepEqual(
    spans.map(({ name, end }) => [name, end.error]),
    [
      ["decode", "invalid-json"],
      ["POST /predict", "invalid-json"],
    ],
  );
});

test("predict gets the trace context of its request's span, and runs within the span of its step", async () => {
  const seen: (string | undefined)[] = [];
  const own = createService(
    definePredictor({
      name: "own",
      predict: (_input: unknown, { invocation: { traceparent } }) => {
        seen.push(traceparent);
        return 1;
      },
    }),
  );
  await recordSpans(() => bind(own, adapter)({ call: { traceparent: "00-caller" } }, undefined));
  await bind(own, adapter)({ call: { traceparent: "00-caller" } }, undefined);
  assert.match(seen[0] ?? "", /^00-a{32}-\d{16}-01$/);
  assert.equal(seen[1], "00-caller");
});

test("health checks and pings leave neither span nor record", async () => {
  const records: RequestRecord[] = [];
  const handler = bind(service, adapter, { recorder: (record) => void records.push(record) });
  const spans = await recordSpans(async () => {
    for (const path of ["/health", "/ready"]) await handler({ request: { method: "GET", path } }, undefined);
    await handler({ request: { path: "/ping" } }, undefined);
  });
  assert.deepEqual([spans, records], [[], []]);
});

test("the access log has a line for each request, or for a fraction of them", async () => {
  await service.start();
  const logged = async (fraction: string, times: number) => {
    process.env.TRICAST_ACCESS_LOG = fraction;
    process.env.TRICAST_LOG_LEVEL = "info";
    const handler = bind(service, adapter);
    const lines = await captureLines(async () => {
      for (let index = 0; index < times; index++) await handler({}, undefined);
      await settle();
    });
    process.env.TRICAST_LOG_LEVEL = "error";
    return lines;
  };
  const [line, ...more] = await logged("1", 1);
  assert.equal(more.length, 0);
  const { time, ms, ...rest } = line!;
  assert.ok(typeof time === "string" && typeof ms === "number");
  assert.deepEqual(rest, {
    level: "info",
    message: "request",
    requestId: "r1",
    method: "POST",
    path: "/predict",
    operation: "predict",
    status: 200,
    bytes: 1,
  });
  assert.equal((await logged("0", 3)).length, 0);
  const some = (await logged("0.5", 400)).length;
  assert.ok(some > 120 && some < 280, `${some} of 400`);
});

test("a fraction that is not one is refused when the handler is made", () => {
  for (const value of ["", "yes", "2", "-1"]) {
    process.env.TRICAST_ACCESS_LOG = value;
    assert.throws(() => bind(service, adapter), { code: "invalid-option", message: /must be a number from 0 to 1/ });
  }
});
