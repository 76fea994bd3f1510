import assert from "node:assert/strict";
import { test } from "node:test";
import { tryMadeUp } from "../../src/made-up/try-made-up.ts";
import type { AnyLoadedModel } from "../../src/model.ts";
import { SERVES_MANY } from "../support/context.ts";
import { type GraphSpec, writeOnnx } from "../support/onnx-writer.ts";
import { serviceStarter } from "../support/started.ts";
import { GRAPHS } from "./graphs.ts";

const start = serviceStarter();

for (const [what, spec] of Object.entries(GRAPHS)) {
  test(`a generated input fits ${what}, on every kind of host`, async () => {
    for (const platform of [{ name: "local" }, SERVES_MANY]) {
      const { service, complaints } = await start(writeOnnx(spec), { platform });
      assert.deepEqual([service.state, complaints], ["ready", []]);
    }
  });
}

/** No number of rows has 77 elements. */
const IMPOSSIBLE: GraphSpec = {
  nodes: [{ op: "Reshape", inputs: ["x", "shape"], outputs: ["y"] }],
  inputs: [{ name: "x", type: "float32", shape: ["N", 6] }],
  outputs: [{ name: "y", type: "float32", shape: [7, 11] }],
  initializers: [{ name: "shape", dims: [2], type: "int64", data: [7, 11] }],
};

/** Refuses every input whose first element is not 42. */
const PARTICULAR: GraphSpec = {
  nodes: [
    { op: "Sub", inputs: ["x", "answer"], outputs: ["index"] },
    { op: "Gather", inputs: ["table", "index"], outputs: ["y"] },
  ],
  inputs: [{ name: "x", type: "int64", shape: ["N"] }],
  outputs: [{ name: "y", type: "float32", shape: ["N"] }],
  initializers: [
    { name: "answer", dims: [1], type: "int64", data: [42] },
    { name: "table", dims: [1], type: "float32", data: [7] },
  ],
};

const LARGE: GraphSpec = {
  nodes: [{ op: "ReduceMax", inputs: ["x"], outputs: ["y"], attributes: { axes: [1, 2], keepdims: 0 } }],
  inputs: [{ name: "x", type: "float32", shape: ["N", 8192, 4096] }],
  outputs: [{ name: "y", type: "float32", shape: ["N"] }],
};

for (const [what, spec, why] of [
  ["refuses every generated input", IMPOSSIBLE, /Reshape/],
  ["accepts only its own inputs", PARTICULAR, /Gather/],
  ["has inputs of gigabytes", LARGE, /larger than 64 MiB/],
] as const) {
  test(`a model that ${what} is ready, with one warning that names it and the fix`, async () => {
    for (const platform of [{ name: "local" }, SERVES_MANY]) {
      const { service, path, complaints } = await start(writeOnnx(spec), { platform });
      assert.equal(service.state, "ready");
      assert.equal(complaints.length, 1, complaints.join("\n"));
      const [warning = ""] = complaints;
      assert.ok(warning.startsWith(`${path} is ready`), warning);
      assert.match(warning, why);
      assert.match(warning, /give it an example: .*tricast serve --example FILE, or a line .* in .*m\.golden\.jsonl/);
      assert.doesNotMatch(warning, /your|example 1/);
    }
  });
}

test("a model that refused every generated input answers requests", async () => {
  for (const platform of [{ name: "local" }, SERVES_MANY]) {
    const { predict } = await start(writeOnnx(PARTICULAR), { platform });
    assert.deepEqual(await predict({ x: [42] }), { status: 200, body: '{"y":[7]}' });
    assert.notEqual((await predict({ x: [0] })).status, 200);
  }
});

test("an example beside the model is used instead of generated inputs, and all of them where a slower start is acceptable", async () => {
  const golden = '{"input": {"x": [42]}, "output": {"y": [7]}, "source": "by hand"}\n\n{"input": {"x": [0]}}\n';
  const first = await start(writeOnnx(PARTICULAR), { golden });
  assert.deepEqual([first.service.state, first.complaints], ["ready", []]);
  const all = await start(writeOnnx(PARTICULAR), { golden, platform: { name: "all", warmsAllExamples: true } });
  assert.equal(all.service.failureCode, "warmup-failed");
  assert.match(all.complaints[0] ?? "", /^Warming up "m" failed: line 3 of .*m\.golden\.jsonl: .*Gather/);
});

test("examples of the predictor count before those beside the model", async () => {
  const golden = '{"input": {"x": [0]}}';
  const { service, complaints } = await start(writeOnnx(PARTICULAR), { golden, examples: [{ x: [42] }] });
  assert.deepEqual([service.state, complaints], ["ready", []]);
});

test("an example that the model refuses is an error, wherever it is from", async () => {
  const own = await start(writeOnnx(PARTICULAR), { examples: [{ x: [0] }] });
  assert.equal(own.service.failureCode, "warmup-failed");
  assert.match(own.complaints[0] ?? "", /failed: example 1: /);
  const misfit = await start(writeOnnx(PARTICULAR), { golden: '{"input": {"z": [0]}}' });
  assert.equal(misfit.service.failureCode, "warmup-failed");
  assert.match(misfit.complaints[0] ?? "", /line 1 of .*m\.golden\.jsonl: \/x: the input is missing/);
});

for (const [line, why] of [
  ["{", /is not JSON/],
  ["[1]", /has no "input"/],
  ["null", /has no "input"/],
  ['{"x": [42]}', /has no "input"/],
] as const) {
  test(`a line ${line} of the examples is refused by its number`, async () => {
    const { service, complaints } = await start(writeOnnx(PARTICULAR), { golden: `{"input":{"x":[42]}}\n${line}` });
    assert.equal(service.state, "failed");
    assert.match(complaints[0] ?? "", /line 2 of .*m\.golden\.jsonl/);
    assert.match(complaints[0] ?? "", why);
    assert.match(complaints[0] ?? "", /write a line such as \{"input": /);
  });
}

test("integers beyond the safe range keep every digit in an example", async () => {
  const golden = '{"input": {"x": [9223372036854775807]}}';
  const spec: GraphSpec = {
    nodes: [
      { op: "Sub", inputs: ["x", "most"], outputs: ["index"] },
      { op: "Gather", inputs: ["table", "index"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", type: "int64", shape: ["N"] }],
    outputs: [{ name: "y", type: "float32", shape: ["N"] }],
    initializers: [
      { name: "most", dims: [1], type: "int64", data: [] },
      { name: "table", dims: [1], type: "float32", data: [7] },
    ],
  };
  const [most, ...others] = spec.initializers!;
  const exact = {
    ...most!,
    data: {
      *[Symbol.iterator]() {
        yield 2n ** 63n - 1n;
      },
    } as never,
  };
  const { service, complaints } = await start(writeOnnx({ ...spec, initializers: [exact, ...others] }), { golden });
  assert.deepEqual([service.state, complaints], ["ready", []]);
});

test("a generated input that takes too long is not waited for", async () => {
  const form = { file: { path: "slow.onnx", bytes: 0, format: "ort" } };
  const model = { inputs: [], origin: { form }, runTensors: () => new Promise(() => {}) };
  assert.deepEqual(await tryMadeUp(model as unknown as AnyLoadedModel, 1), {
    refused: "its run takes more than 0.001 s",
  });
});
