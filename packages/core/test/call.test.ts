import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { type Answer, type Call, createService, type ZeroCode } from "@tricast/core/adapter";
import * as v from "valibot";

const REQUEST = { method: "POST", path: "/v2/models/x/infer", query: "", headers: {}, body: undefined };
const invocation = (more: object = {}) => ({ id: "1", platform: "server" as const, native: undefined, ...more });

const half = () =>
  createService(
    definePredictor({
      name: "half",
      version: "3",
      limits: { instances: 3 },
      load: () => ({}),
      input: v.object({ value: v.number() }),
      output: v.object({ half: v.number() }),
      predict: ({ value }, { responseHeaders, parameters }) => {
        responseHeaders["x-scale"] = String(parameters.scale ?? 1);
        return { half: (value / 2) * Number(parameters.scale ?? 1) };
      },
    }),
  );

const call = (service: ReturnType<typeof half>, what: Call): Promise<Answer> =>
  service.call(what, REQUEST, invocation());

describe("a call of a protocol", () => {
  test("predicts one input, validated as handle validates it", async () => {
    const service = half();
    const answer = await call(service, { kind: "one", input: { value: 4 }, parameters: { scale: 10 } });
    assert.deepEqual(answer.value, { half: 20 });
    assert.equal(answer.headers["x-scale"], "10");
    assert.match(String(answer.headers["server-timing"]), /predict;dur=/);
    assert.ok(answer.headers["x-tricast-instance"]);
    assert.equal(answer.headers["content-type"], undefined);
    await assert.rejects(call(service, { kind: "one", input: { value: "x" } }), { code: "invalid-input" });
  });

  test("predicts many, and says where one of them is wrong", async () => {
    const service = half();
    const many = (...values: unknown[]): Call => ({
      kind: "many",
      inputs: values.map((value) => ({ value })),
      pointer: "/rows",
    });
    assert.deepEqual((await call(service, many(2, 4))).value, [{ half: 1 }, { half: 2 }]);
    assert.deepEqual((await call(service, many())).value, []);
    await assert.rejects(call(service, many(1, "x")), (error: { issues: { pointer: string }[] }) => {
      assert.deepEqual(
        error.issues.map(({ pointer }) => pointer),
        ["/rows/1/value"],
      );
      return true;
    });
    await assert.rejects(call(service, many(1, 2, 3, 4)), { code: "body-too-large" });
  });

  test("tensors are for predictors without code", async () => {
    await assert.rejects(call(half(), { kind: "tensors", tensors: [] }), { code: "not-implemented" });
    const zero = zeroCode();
    const service = createService(definePredictor({ name: "zero", model: zero }));
    const tensor = { name: "x", datatype: "FP32", shape: [1], data: Float32Array.of(1) };
    const answer = await service.call({ kind: "tensors", tensors: [tensor], outputs: ["y"] }, REQUEST, invocation());
    assert.deepEqual(answer.value, [{ ...tensor, name: "y" }]);
  });

  test("an error without a code has one, and keeps its cause", async () => {
    const cause = new Error("secret");
    const service = createService(
      definePredictor({
        name: "broken",
        load: () => ({}),
        predict: () => {
          throw cause;
        },
      }),
      { platform: { name: "server" } },
    );
    const log = () => {};
    await assert.rejects(service.call({ kind: "one", input: 1 }, REQUEST, invocation({ log })), {
      code: "predict-failed",
      cause,
    });
  });
});

function waiting() {
  const reasons: unknown[] = [];
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let finish: () => void = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const service = createService(
    definePredictor({
      name: "waiting",
      load: () => ({}),
      predict: async (_: unknown, { signal }) => {
        signal.addEventListener("abort", () => reasons.push((signal.reason as { code: string }).code));
        begin();
        await finished;
        return "done";
      },
    }),
  );
  return { service, reasons, begun, finish };
}

const ONE: Call = { kind: "one", input: 1 };

describe("a call that is given up", () => {
  test("at its deadline", async () => {
    const { service, reasons, finish } = waiting();
    const late = service.call(ONE, REQUEST, invocation({ deadline: Date.now() + 300 }));
    await assert.rejects(late, { code: "deadline-exceeded" });
    assert.deepEqual(reasons, ["deadline-exceeded"]);
    finish();
  });

  test("when its client goes away, before or after it has begun", async () => {
    const { service, reasons, begun, finish } = waiting();
    const client = new AbortController();
    const gone = service.call(ONE, REQUEST, invocation({ signal: client.signal }));
    await begun;
    client.abort();
    await assert.rejects(gone, { code: "request-cancelled" });
    assert.deepEqual(reasons, ["request-cancelled"]);
    await assert.rejects(service.call(ONE, REQUEST, invocation({ signal: AbortSignal.abort() })), {
      code: "request-cancelled",
    });
    finish();
  });

  test("is not begun when the model comes after its deadline", async () => {
    let load: (model: object) => void = () => {};
    let predicted = 0;
    const loading = new Promise<object>((resolve) => {
      load = resolve;
    });
    const service = createService(definePredictor({ name: "slow", load: () => loading, predict: () => ++predicted }));
    const late = service.call(ONE, REQUEST, invocation({ deadline: Date.now() + 50 }));
    await assert.rejects(late, { code: "model-loading" });
    load({});
    await service.models();
    assert.equal(predicted, 0);
  });
});

describe("closing a service", () => {
  test("waits for calls, and takes no more", async () => {
    const { service, begun, finish } = waiting();
    const answered = service.call(ONE, REQUEST, invocation());
    await begun;
    const order: string[] = [];
    const closed = service.close().then(() => order.push("closed"));
    await assert.rejects(service.call(ONE, REQUEST, invocation()), { code: "shutting-down" });
    finish();
    order.push((await answered).value as string);
    await closed;
    assert.deepEqual(order, ["done", "closed"]);
    assert.equal(service.state, "closed");
  });
});

describe("what a service tells of itself", () => {
  test("its state and times, from cold to ready", async () => {
    const service = half();
    assert.equal(service.state, "cold");
    assert.deepEqual(service.timings, { loadMs: 0, warmMs: 0 });
    await service.start();
    assert.equal(service.state, "ready");
    assert.deepEqual(service.stats(), {});
  });

  test("a predictor with code: its name, version and schemas", async () => {
    const service = createService(
      definePredictor({
        name: "told",
        inputJsonSchema: { type: "number" },
        outputJsonSchema: () => ({ type: "string" }),
        load: () => ({}),
        predict: () => "x",
      }),
    );
    assert.deepEqual(await service.describe(), {
      name: "told",
      version: "1",
      description: undefined,
      zeroCode: false,
      exactIntegers: false,
      metadata: undefined,
      inputJsonSchema: { type: "number" },
      outputJsonSchema: { type: "string" },
    });
  });

  test("a model without code: its tensors, and what it counts", async () => {
    const service = createService(definePredictor({ name: "zero", model: zeroCode() }));
    const told = await service.describe();
    assert.deepEqual([told.zeroCode, told.exactIntegers, told.metadata?.platform], [true, true, "test"]);
    assert.deepEqual(told.inputJsonSchema, { title: "in" });
    assert.deepEqual(service.stats(), { model: { runs: 7 } });
  });

  test("why it cannot tell", async () => {
    const failing = definePredictor({
      name: "failing",
      load: (): object => {
        throw new Error("no");
      },
      predict: () => 1,
    });
    await assert.rejects(createService(failing).describe(), { code: "model-load-failed" });
  });
});

function zeroCode() {
  const serving: ZeroCode = {
    input: v.unknown(),
    inputJsonSchema: { title: "in" },
    outputJsonSchema: { title: "out" },
    exactIntegers: true,
    batchable: false,
    predict: async (input) => input,
    predictBatch: async (inputs) => inputs,
    infer: async (tensors, outputs) => tensors.map((tensor) => ({ ...tensor, name: outputs?.[0] ?? tensor.name })),
    warmUp: async () => {},
  };
  return {
    uri: "zero",
    load: () => ({}),
    describe: () => ({ platform: "test", inputs: [], outputs: [] }),
    zeroCode: () => serving,
    stats: () => ({ runs: 7 }),
  };
}
