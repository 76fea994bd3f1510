import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor, type ErrorCode, isTricastError, TricastError } from "@tricast/core";
import {
  createService,
  ERRORS,
  type InferenceRequest,
  type InferenceResponse,
  type Service,
} from "@tricast/core/adapter";
import * as v from "valibot";
import { get, invocation, jsonOf, post, request, wireText } from "./support/calls.ts";
import { captureLines } from "./support/capture.ts";
import { keptAlive } from "./support/gate.ts";

const throwing = (error: unknown): Service =>
  createService(
    definePredictor({
      name: "throws",
      predict: () => {
        throw error;
      },
    }),
  );
const failingLoad = (error: unknown): Service =>
  createService(
    definePredictor({
      name: "throws",
      load: async (): Promise<unknown> => {
        throw error;
      },
      predict: () => 1,
    }),
  );
const answering = createService(definePredictor({ name: "a", input: v.number(), predict: (x) => x }));

for (const [code, row] of Object.entries(ERRORS) as [ErrorCode, (typeof ERRORS)[ErrorCode]][]) {
  test(`${code} is a problem of status ${row.status}, ${row.expose ? "with" : "without"} its message`, async () => {
    const issues = [{ pointer: "/a", message: "is wrong" }];
    const headers = { "x-hint": "1" };
    const error = new TricastError(code, "the message", { issues, headers, retryAfterSeconds: 2.1, cause: "secret" });
    const response = await post(throwing(error), 1);
    assert.equal(response.status, row.status);
    assert.equal(response.headers["content-type"], "application/problem+json");
    assert.equal(response.headers["retry-after"], "3");
    assert.equal(response.headers["x-hint"], "1");
    assert.deepEqual(jsonOf(response), {
      type: `urn:tricast:error:${code}`,
      title: row.title,
      status: row.status,
      code,
      ...(row.expose ? { detail: "the message", errors: issues } : {}),
    });
    assert.ok(!wireText(response).includes("secret"));
  });
}

const DEADLINE = () => ({ deadline: Date.now() + 250 });

/** How a client meets each code that the core itself raises. */
const REACHED: Partial<Record<ErrorCode, () => Promise<InferenceResponse>>> = {
  "invalid-json": () => post(answering, "{"),
  "invalid-body": () => post(answering, Buffer.from([0xff])),
  "not-found": () => post(answering, 1, {}, "/nowhere"),
  "method-not-allowed": () => get(answering, "/predict"),
  "body-too-large": () =>
    post(createService(definePredictor({ name: "a", limits: { bodyBytes: 1 }, predict: () => 1 })), "12"),
  "unsupported-media-type": () => post(answering, "1", { "content-type": "text/html" }),
  "unsupported-encoding": () => post(answering, "1", { "content-encoding": "lz4" }),
  "invalid-input": () => post(answering, '"x"'),
  "invalid-tensor": () => post(zeroCode(), '"x"'),
  "predict-failed": () => post(throwing(new Error("x")), 1),
  "invalid-output": () => post(throwingOutput(), 1),
  internal: () => answering.handle(null as never, invocation()),
  "model-loading": () =>
    createService(definePredictor({ name: "a", load: () => new Promise(() => {}), predict: () => 1 })).handle(
      request({ body: "1" }),
      invocation(DEADLINE()),
    ),
  "model-not-found": () => post(failingLoad(new TricastError("model-not-found", "tried /a")), 1),
  "model-invalid": () => post(failingLoad(new TricastError("model-invalid", "not a model")), 1),
  "model-load-failed": () => post(failingLoad(new Error("x")), 1),
  "warmup-failed": () =>
    post(createService(definePredictor({ name: "a", input: v.number(), examples: ["x"], predict: () => 1 })), 1),
  "shutting-down": async () => {
    const service = createService(definePredictor({ name: "a", predict: () => 1 }));
    await service.close();
    return post(service, 1);
  },
  "deadline-exceeded": () =>
    createService(definePredictor({ name: "a", predict: () => new Promise(() => {}) })).handle(
      request({ body: "1" }),
      invocation(DEADLINE()),
    ),
};

function throwingOutput(): Service {
  return createService(definePredictor({ name: "a", predict: () => undefined }));
}

function zeroCode(): Service {
  return createService(
    definePredictor({
      name: "a",
      model: {
        uri: "memory",
        load: () => 1,
        zeroCode: () => ({
          input: v.number(),
          inputJsonSchema: {},
          outputJsonSchema: {},
          exactIntegers: false,
          batchable: false,
          predict: async (input) => input,
          predictBatch: async (inputs) => inputs,
          infer: async (tensors) => tensors,
          warmUp: async () => {},
        }),
      },
    }),
  );
}

for (const [code, reach] of Object.entries(REACHED)) {
  test(`a client meets ${code}`, async () => {
    let response: InferenceResponse | undefined;
    await captureLines(async () => {
      response = await keptAlive(reach);
    });
    assert.ok(response !== undefined);
    assert.equal(jsonOf(response).code, code);
    assert.equal(response.status, ERRORS[code as ErrorCode].status);
    assert.equal(response.headers["content-type"], "application/problem+json");
    assert.equal(response.headers["x-request-id"], "request-1");
    if (response.status === 503) assert.match(String(response.headers["retry-after"]), /^[1-9]\d*$/);
  });
}

const SECRET = "sk-live-4242";
class Sneaky extends Error {
  override get message(): string {
    throw new Error(SECRET);
  }
}
const cyclic: { self?: unknown; token: string } = { token: SECRET };
cyclic.self = cyclic;
const chained = new Error(SECRET);
chained.cause = new Error("inner", { cause: chained });

/** Everything somebody may throw, and whether a log can show its text. */
const THROWN: readonly [name: string, error: unknown, inLog: boolean][] = [
  ["an error", new Error(SECRET), true],
  ["an error with a cause", new Error("outer", { cause: new Error(SECRET) }), true],
  ["an error whose causes go in a circle", chained, true],
  ["an error with a circular object as its cause", new Error("outer", { cause: cyclic }), true],
  ["an aggregate", new AggregateError([new Error("x")], SECRET), true],
  ["text", SECRET, true],
  ["a circular object", cyclic, true],
  ["an object without a prototype", Object.assign(Object.create(null), { token: SECRET }), true],
  ["an error that throws when it is read", new Sneaky(), false],
  ["a symbol", Symbol(SECRET), true],
  ["a large integer", 42n, false],
  ["undefined", undefined, false],
  ["null", null, false],
  ["a coded error that does not expose", new TricastError("internal", SECRET), true],
  ["a coded error with a secret cause", new TricastError("forbidden", "no", { cause: new Error(SECRET) }), true],
  ["an error of a newer core", Object.assign(new TricastError("internal", SECRET), { code: "too-new" }), true],
];

const PLACES: Record<string, (error: unknown) => Service> = {
  predict: throwing,
  "an asynchronous predict": (error) =>
    createService(definePredictor({ name: "a", predict: () => Promise.reject(error) })),
  predictBatch: (error) =>
    createService(
      definePredictor({
        name: "a",
        predictBatch: () => {
          throw error;
        },
      }),
    ),
  load: failingLoad,
  "a synchronous load": (error) =>
    createService(
      definePredictor({
        name: "a",
        load: (): unknown => {
          throw error;
        },
        predict: () => 1,
      }),
    ),
  "the example": (error) =>
    createService(
      definePredictor({
        name: "a",
        examples: [1],
        predict: () => {
          throw error;
        },
      }),
    ),
  "the schema": (error) =>
    createService(
      definePredictor({
        name: "a",
        input: v.custom(() => {
          throw error;
        }),
        predict: () => 1,
      }),
    ),
  "a decoder": (error) =>
    createService(
      definePredictor({
        name: "a",
        decoders: {
          "application/json": () => {
            throw error;
          },
        },
        predict: () => 1,
      }),
    ),
  "the output's toJSON": (error) =>
    createService(
      definePredictor({
        name: "a",
        predict: () => ({
          toJSON: () => {
            throw error;
          },
        }),
      }),
    ),
};

for (const [place, make] of Object.entries(PLACES)) {
  test(`nothing thrown by ${place} reaches a client, in one or in many`, async () => {
    process.env.TRICAST_LOG_LEVEL = "debug";
    for (const [name, error, inLog] of THROWN) {
      for (const body of ["1", '{"instances":[1]}']) {
        const service = make(error);
        const call = invocation();
        let response: InferenceResponse | undefined;
        const instanceLines = await captureLines(async () => {
          response = await service.handle(request({ body }), call);
        });
        assert.ok(response !== undefined && response.status >= 400, name);
        assert.ok(!wireText(response).includes(SECRET), `${name} leaks ${wireText(response)}`);
        assert.ok(!wireText(response).includes("core/test"), `${name} leaks a stack`);
        const logs = call.logged.map(({ line }) => line).join("\n") + JSON.stringify(instanceLines);
        assert.ok(logs.length > 10, `${name} is not logged`);
        if (inLog) assert.ok(logs.includes(SECRET), `${name}: the log does not say why: ${logs}`);
      }
    }
    process.env.TRICAST_LOG_LEVEL = "error";
  });
}

test("a server error is logged with its stack and cause, under the request's id", async () => {
  const call = invocation({ id: "the-id" });
  await throwing(new Error("boom", { cause: new TypeError("root") })).handle(request({ body: "1" }), call);
  assert.equal(call.logged.length, 1);
  const [{ level, line } = { level: "debug", line: "{}" }] = call.logged;
  const { requestId, predictor, code, error } = JSON.parse(line);
  assert.deepEqual([level, requestId, predictor, code], ["error", "the-id", "throws", "predict-failed"]);
  assert.match(error.cause.stack, /^Error: boom\n {4}at .*errors\.test\.ts/);
  assert.equal(error.cause.cause.name, "TypeError");
});

test("what predict gives a model and does not fit it is a fault of the predictor, and logged", async () => {
  const unfit = new TricastError("invalid-tensor", "the model has no input agee", { fromModel: true });
  const own = new TricastError("invalid-tensor", "the author chose this");
  const batch = (error: Error) =>
    createService(definePredictor({ name: "a", predictBatch: () => Promise.reject(error) }));
  const late = (error: Error) => createService(definePredictor({ name: "a", predict: () => Promise.reject(error) }));
  for (const make of [throwing, late, batch]) {
    for (const body of ["1", '{"instances":[1]}']) {
      const call = invocation();
      const response = await make(unfit).handle(request({ body }), call);
      assert.deepEqual(
        [response.status, jsonOf(response).code, jsonOf(response).detail],
        [500, "predict-failed", undefined],
      );
      assert.match(
        call.logged[0]?.line ?? "",
        /passed a model an input that does not fit it: the model has no input agee; check/,
      );
      assert.equal(call.logged.length, 1);
      const chosen = await make(own).handle(request({ body }), invocation());
      assert.deepEqual([chosen.status, jsonOf(chosen).detail], [422, "the author chose this"]);
    }
  }
});

test("a client error is not worth a line unless somebody debugs", async () => {
  const call = invocation();
  process.env.TRICAST_LOG_LEVEL = "info";
  await answering.handle(request({ body: "{" }), call);
  assert.deepEqual(call.logged, []);
  process.env.TRICAST_LOG_LEVEL = "debug";
  await answering.handle(request({ body: "{" }), call);
  assert.equal(call.logged.length, 1);
  process.env.TRICAST_LOG_LEVEL = "error";
});

test("a log that cannot be written does not fail the request", async () => {
  const log = () => {
    throw new Error("the sink is gone");
  };
  const response = await throwing(new Error("x")).handle(request({ body: "1" }), invocation({ log }));
  assert.equal(jsonOf(response).code, "predict-failed");
});

test("the brand makes a TricastError, not the class", () => {
  assert.ok(isTricastError(new TricastError("internal", "x")));
  assert.ok(isTricastError(Object.assign(new Error("x"), { [Symbol.for("tricast.error")]: true })));
  for (const value of [undefined, null, 1, "x", {}, new Error("x"), { code: "internal" }]) {
    assert.equal(isTricastError(value), false);
  }
});

test("no response header can be broken by what a client sends", async () => {
  const nasty = "x\r\nset-cookie: a=1\r\n\r\n<script>";
  const cors = createService(
    definePredictor({ name: "a", cors: { origins: ["https://a.example"] }, predict: (x) => x }),
  );
  const requests: Partial<InferenceRequest>[] = [
    { method: nasty },
    { path: `/${nasty}` },
    { path: `/predict`, query: nasty, body: "{" },
    { headers: { "content-type": nasty }, body: "1" },
    { headers: { "content-encoding": nasty }, body: "1" },
    { headers: { origin: nasty, "access-control-request-method": nasty }, method: "OPTIONS" },
    { headers: { "x-tricast-warmup": nasty, "x-request-id": nasty }, body: "1" },
    { body: JSON.stringify({ instances: [1], parameters: nasty }) },
  ];
  for (const wrong of requests) {
    const { headers } = await cors.handle(request(wrong), invocation());
    for (const [name, value] of Object.entries(headers)) {
      assert.doesNotMatch(`${name}${value}`, /[\r\n]/);
      assert.ok(!String(value).includes("set-cookie"), name);
    }
  }
});
