import assert from "node:assert/strict";
import { test } from "node:test";
import { isTricastError } from "@tricast/core";
import type { ZeroCode } from "@tricast/core/adapter";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { type OnnxModel, type OnnxOptions, onnx } from "../src/index.ts";
import { madeUpAttempts } from "../src/made-up/attempts.ts";
import { noHints } from "../src/made-up/read-hints.ts";
import { loadContext } from "./support/context.ts";
import { modelOpener, scratchFolder, write } from "./support/models.ts";
import { type GraphSpec, identity, writeOnnx } from "./support/onnx-writer.ts";

const open = modelOpener();
const folder = scratchFolder();
const source = onnx(write(folder, "any.onnx", identity("float32", [1])));
const signal = new AbortController().signal;

function serve(bytes: Uint8Array, options?: OnnxOptions): ZeroCode {
  return source.zeroCode!(open(bytes, options));
}

/** What the service does with one body: validate, then predict. */
async function answer(service: ZeroCode, body: unknown): Promise<unknown> {
  const result = await service.input["~standard"].validate(body);
  if (result.issues !== undefined) return { issues: result.issues };
  return service.predict(result.value, { signal });
}

async function issues(service: ZeroCode, body: unknown): Promise<(readonly [string, string])[]> {
  const result = await service.input["~standard"].validate(body);
  assert.ok(result.issues !== undefined, "the input was taken");
  return result.issues.map(({ path = [], message }) => [path.join("."), message]);
}

/** y = x + b, row by row. */
const ADD: GraphSpec = {
  nodes: [{ op: "Add", inputs: ["a", "b"], outputs: ["y"] }],
  inputs: [
    { name: "a", type: "float32", shape: ["N", 2] },
    { name: "b", type: "float32", shape: ["N", 2] },
  ],
  outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
};

test("a single input is given by name or bare, in full or as one row, and answered in the same rank", async () => {
  const service = serve(identity("float32", ["N", 2]));
  assert.deepEqual(await answer(service, { x: [[1, 2]] }), { y: [[1, 2]] });
  assert.deepEqual(
    await answer(service, [
      [1, 2],
      [3, 4],
    ]),
    {
      y: [
        [1, 2],
        [3, 4],
      ],
    },
  );
  assert.deepEqual(await answer(service, { x: [1, 2] }), { y: [1, 2] });
  assert.deepEqual(await answer(service, [1, 2]), { y: [1, 2] });
});

test("a row of a deep input may be flat, and a row of one element bare", async () => {
  assert.deepEqual(await answer(serve(identity("float32", ["N", 2, 2])), [1, 2, 3, 4]), {
    y: [
      [1, 2],
      [3, 4],
    ],
  });
  assert.deepEqual(await answer(serve(identity("string", ["N", 1])), "bonjour"), { y: ["bonjour"] });
  assert.deepEqual(await answer(serve(identity("string", ["N"])), "bonjour"), { y: "bonjour" });
  assert.deepEqual(await answer(serve(identity("string", ["N"])), ["bonjour"]), { y: ["bonjour"] });
});

test("without an open leading dimension the tensor is always the full one", async () => {
  const service = serve(identity("float32", [1, 2]));
  assert.equal(service.batchable, false);
  assert.deepEqual(await answer(service, [[1, 2]]), { y: [[1, 2]] });
  assert.deepEqual(await answer(service, [1, 2]), { y: [[1, 2]] });
});

test("a scalar input takes a bare value", async () => {
  const service = serve(identity("int64", []));
  assert.deepEqual(await answer(service, 7), { y: 7 });
  assert.deepEqual(await answer(service, { x: 2n ** 60n }), { y: 2n ** 60n });
});

test("several inputs are given by name, all as one row or all in full", async () => {
  const service = serve(writeOnnx(ADD));
  assert.deepEqual(await answer(service, { a: [1, 2], b: [10, 20] }), { y: [11, 22] });
  assert.deepEqual(await answer(service, { a: [[1, 2]], b: [[10, 20]] }), { y: [[11, 22]] });
  const [[, mixed] = []] = await issues(service, { a: [1, 2], b: [[10, 20]] });
  assert.equal(mixed, "a is one row, and b has a leading dimension; send all inputs in the same form");
  const [[, bare] = []] = await issues(service, [[1, 2]]);
  assert.equal(bare, "expected an object by input name (a, b), got a list of 1");
});

test("issues have the path of the element, with the input's name only where it was given", async () => {
  const service = serve(identity("float32", ["N", 2]));
  assert.deepEqual(
    await issues(service, {
      x: [
        [1, 2],
        [3, "no"],
      ],
    }),
    [["x.1.1", 'expected a float32 number, got "no"']],
  );
  assert.deepEqual(await issues(service, [[1, 2], [3]]), [
    ["1", "expected a list of 2, as in shape [2, 2], got a list of 1"],
  ]);
  assert.deepEqual(await issues(service, [1, 2, 3]), [
    ["", "expected shape [2], got [3]: dimension 0 is 3, not 2 (for one row of [N, 2])"],
  ]);
  assert.deepEqual(await issues(service, { y: [1, 2] }), [
    ["x", "the input is missing: expected float32 values of shape [N, 2]"],
    ["y", 'the model has no input "y"; inputs: x'],
  ]);
  assert.deepEqual(await issues(service, null), [
    ["", "expected float32 values of shape [2], got null (for one row of [N, 2])"],
  ]);
});

test("infinity is taken spelled; a number that overflowed in JSON is not", async () => {
  const service = serve(identity("float64", ["N"]));
  assert.deepEqual(await answer(service, JSON.parse('["-Infinity", "NaN", 1]')), { y: ["-Infinity", "NaN", 1] });
  const [[path, message] = []] = await issues(service, JSON.parse("[1, 1e400]"));
  assert.equal(path, "1");
  assert.match(message ?? "", /out of range for float64/);
  const strict = serve(identity("float64", ["N"]), { nonFinite: "refuse" });
  assert.match((await issues(strict, ["NaN"]))[0]?.[1] ?? "", /NaN is refused here/);
});

test("bytes are the full tensor, little-endian, wherever they start in memory", async () => {
  const values = Float32Array.of(1.5, -2, 3, 4);
  const shifted = new Uint8Array(17);
  shifted.set(new Uint8Array(values.buffer), 1);
  const service = serve(identity("float32", ["N", 2]));
  for (const body of [shifted.subarray(1), Buffer.from(shifted.buffer, 1)]) {
    assert.deepEqual(await answer(service, body), {
      y: [
        [1.5, -2],
        [3, 4],
      ],
    });
  }
  assert.deepEqual(await answer(service, new Uint8Array(0)), { y: [] });
  assert.deepEqual(await issues(service, new Uint8Array(15)), [
    ["", "a float32 has 4 bytes, and the length of the body, 15, is not a multiple of that"],
  ]);
  assert.deepEqual(await issues(service, new Uint8Array(12)), [
    ["", "expected a multiple of 2 elements for shape [N, 2], got 3"],
  ]);
  const half = new Uint8Array(Uint16Array.of(0x3e00, 0xfc00).buffer);
  assert.deepEqual(await answer(serve(identity("float16", ["N"])), half), { y: [1.5, "-Infinity"] });
  assert.deepEqual(await answer(serve(identity("bool", ["N"])), Uint8Array.of(1, 0)), { y: [true, false] });
  assert.match((await issues(serve(identity("bool", ["N"])), Uint8Array.of(2)))[0]?.[1] ?? "", /0 or 1/);
  assert.match(
    (await issues(serve(identity("string", ["N"])), Uint8Array.of(2)))[0]?.[1] ?? "",
    /do not have a fixed width/,
  );
  assert.match(
    (await issues(serve(identity("float32", ["N", "M"])), new Uint8Array(8)))[0]?.[1] ?? "",
    /nested as shape/,
  );
  assert.match(
    (await issues(serve(writeOnnx(ADD)), new Uint8Array(8)))[0]?.[1] ?? "",
    /this model has a, b; send JSON/,
  );
  const strict = serve(identity("float32", ["N"]), { nonFinite: "refuse" });
  assert.match((await issues(strict, new Uint8Array(Float32Array.of(NaN).buffer)))[0]?.[1] ?? "", /not finite/);
});

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const pair = fc.tuple(number, number);
const instance = fc.oneof(
  fc.record({ a: pair, b: pair }),
  fc
    .array(fc.tuple(pair, pair), { maxLength: 3 })
    .map((rows) => ({ a: rows.map(([a]) => a), b: rows.map(([, b]) => b) })),
);

test("predictBatch gives each instance what predict gives it, rows and full tensors mixed", async () => {
  const service = serve(writeOnnx(ADD));
  await fc.assert(
    fc.asyncProperty(fc.array(instance, { maxLength: 8 }), async (instances) => {
      const usable = instances.filter(({ a }) => a.length > 0);
      const alone = await Promise.all(usable.map((body) => answer(service, body)));
      assert.deepEqual(await service.predictBatch(usable, { signal }), alone);
    }),
    { numRuns: 300 },
  );
});

test("rows of different lengths are joined with their like, and every answer is in its place", async () => {
  const service = serve(identity("int64", ["N", "length"]));
  const bodies = [[1, 2], [3], [4, 5], [6, 7, 8], [9]];
  const expected = bodies.map((y) => ({ y }));
  assert.deepEqual(await service.predictBatch(bodies, { signal }), expected);
  assert.deepEqual(await service.predictBatch([["1", 2n ** 62n]], { signal }), [{ y: [1, 2n ** 62n] }]);
});

test("CSV rows of cells stack", async () => {
  const service = serve(identity("float32", ["N", 3]));
  assert.deepEqual(
    await service.predictBatch(
      [
        [1, "NaN", 3],
        [4, 5, 6],
      ],
      { signal },
    ),
    [{ y: [1, "NaN", 3] }, { y: [4, 5, 6] }],
  );
});

test("text rows stack", async () => {
  const service = serve(identity("string", ["N", 1]));
  assert.deepEqual(await service.predictBatch(["a", ["b"], [["c"], ["d"]]], { signal }), [
    { y: ["a"] },
    { y: ["b"] },
    { y: [["c"], ["d"]] },
  ]);
});

test("validated inputs may be passed on as they are", async () => {
  const service = serve(identity("float32", ["N", 2]));
  const validated = ["~standard" as const].flatMap((key) => {
    const result = service.input[key].validate([1, 2]);
    return "value" in result ? [result.value] : [];
  });
  assert.deepEqual(await service.predictBatch([...validated, [3, 4]], { signal }), [{ y: [1, 2] }, { y: [3, 4] }]);
});

test("instances of a graph that cannot batch run one by one", async () => {
  const service = serve(identity("float32", [1, 2]));
  assert.deepEqual(await service.predictBatch([[[1, 2]], [[3, 4]]], { signal }), [{ y: [[1, 2]] }, { y: [[3, 4]] }]);
});

test("a graph that gives more rows than it takes answers each instance by itself", async () => {
  const nonZero = serve(
    writeOnnx({
      nodes: [
        { op: "NonZero", inputs: ["x"], outputs: ["found"] },
        { op: "Transpose", inputs: ["found"], outputs: ["y"] },
      ],
      inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
      outputs: [{ name: "y", type: "int64", shape: [null, 2] }],
    }),
  );
  assert.equal(nonZero.batchable, true);
  assert.deepEqual(
    await nonZero.predictBatch(
      [
        [0, 2],
        [3, 4],
        [5, 6],
      ],
      { signal },
    ),
    [
      { y: [0, 1] },
      {
        y: [
          [0, 0],
          [0, 1],
        ],
      },
      {
        y: [
          [0, 0],
          [0, 1],
        ],
      },
    ],
  );
});

test("batching can be turned off for a graph whose leading dimension is not its rows", async () => {
  const path = write(folder, "sequence.onnx", identity("float32", ["time", 2]));
  const sequence = onnx(path, { batching: "off" });
  const model = sequence.load(loadContext()) as OnnxModel;
  const service = sequence.zeroCode!(model);
  assert.equal(service.batchable, false);
  assert.deepEqual(await service.predictBatch([[[1, 2]], [[3, 4]]], { signal }), [{ y: [[1, 2]] }, { y: [[3, 4]] }]);
  assert.deepEqual(await answer(service, [1, 2]), { y: [[1, 2]] });
  model.close();
});

test("an instance that broadcasts does not lend its rows to others", async () => {
  const unnamed: GraphSpec = {
    ...ADD,
    inputs: ADD.inputs.map((input) => ({ ...input, shape: [null, 2] })),
    outputs: [{ name: "y", type: "float32", shape: [null, 2] }],
  };
  const one = {
    a: [
      [1, 1],
      [2, 2],
    ],
    b: [[10, 10]],
  };
  const other = {
    a: [[3, 3]],
    b: [
      [20, 20],
      [30, 30],
    ],
  };
  assert.deepEqual(await serve(writeOnnx(unnamed)).predictBatch([one, other], { signal }), [
    {
      y: [
        [11, 11],
        [12, 12],
      ],
    },
    {
      y: [
        [23, 23],
        [33, 33],
      ],
    },
  ]);
});

test("leading dimensions of different names do not batch", () => {
  const inputs = [ADD.inputs[0]!, { ...ADD.inputs[1]!, shape: ["M", 2] }];
  assert.equal(serve(writeOnnx({ ...ADD, inputs })).batchable, false);
  assert.equal(serve(writeOnnx(ADD)).batchable, true);
});

test("a batch reports every wrong instance, and stops when aborted", async () => {
  const service = serve(identity("float32", ["N", 2]));
  await assert.rejects(service.predictBatch([[1, 2], ["x", 2], { z: 1 }], { signal }), (error: unknown) => {
    assert.ok(isTricastError(error));
    assert.equal(error.code, "invalid-tensor");
    assert.deepEqual(
      error.issues?.map(({ pointer }) => pointer),
      ["/1/0", "/2/x", "/2/z"],
    );
    return true;
  });
  await assert.rejects(service.predictBatch([[1, 2]], { signal: AbortSignal.abort(new Error("late")) }), /late/);
});

test("64-bit integers ask for exact JSON, and only they", () => {
  assert.equal(serve(identity("uint64", ["N"])).exactIntegers, true);
  assert.equal(serve(identity("int32", ["N"])).exactIntegers, false);
});

const TYPES = [
  "float32",
  "float64",
  "float16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
  "string",
] as const;
const SHAPES = [[], [3], ["N"], ["N", 1], ["N", 4], ["N", "M", 2], [1, 2, 2]] as const;

for (const type of TYPES) {
  test(`${type}: the generated input fits the schemas and the graph, for every kind of shape`, async () => {
    for (const shape of SHAPES) {
      const model = open(identity(type, shape));
      const service = source.zeroCode!(model);
      const [first] = [...madeUpAttempts(model.inputs, noHints(model.inputs))];
      const sample = { x: first!.feeds.x!.toJSON() };
      const output = await answer(service, sample);
      const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false });
      assert.ok(ajv.validate(service.inputJsonSchema, sample), `${shape}: ${ajv.errorsText()}`);
      assert.ok(ajv.validate(service.outputJsonSchema, output), `${shape}: ${ajv.errorsText()}`);
      assert.ok(!ajv.validate(service.inputJsonSchema, { x: sample }), `${shape} takes an object for a tensor`);
      assert.ok(!ajv.validate(service.outputJsonSchema, { z: [] }));
    }
  });
}

const anyBody = fc.oneof(
  number,
  fc.constantFrom("NaN", "x", null, true),
  fc.array(number, { maxLength: 5 }),
  fc.array(pair, { maxLength: 3 }),
  fc.array(fc.array(pair, { maxLength: 2 }), { maxLength: 2 }),
  fc.array(fc.array(fc.oneof(number, fc.constantFrom("Infinity", "x", false)), { maxLength: 3 }), { maxLength: 3 }),
);

test("whatever validation takes, the input schema takes, bare and by name", async () => {
  let taken = 0;
  for (const shape of SHAPES.slice(1)) {
    const service = serve(identity("float32", shape));
    const accepts = new Ajv2020({ strict: true, strictTypes: false }).compile(service.inputJsonSchema);
    await fc.assert(
      fc.asyncProperty(anyBody, async (body) => {
        for (const form of [body, { x: body }]) {
          const result = await service.input["~standard"].validate(form);
          if (result.issues !== undefined) continue;
          taken++;
          assert.ok(accepts(form), `${shape}: ${JSON.stringify(form)}`);
        }
      }),
      { numRuns: 300 },
    );
  }
  assert.ok(taken > 200, `only ${taken} bodies were taken`);
});

test("the source offers zero-code serving for the model it loaded", async () => {
  const model = source.load(loadContext()) as OnnxModel;
  const service = source.zeroCode!(model);
  assert.deepEqual(await service.predict({ x: [0] }, { signal }), { y: [0] });
  assert.throws(() => source.zeroCode!({ ...model, run: async () => ({}) } as never), { code: "invalid-definition" });
  model.close();
});
