import assert from "node:assert/strict";
import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readOnnxHeader } from "@tricast/store/publishing";
import fc from "fast-check";
import { InferenceSession } from "onnxruntime-node";
import { bytes, externalTensor, floatValue, head, int, model, tinyModel } from "../support/proto-writer.ts";
import { scratchFolder, writeFile } from "../support/scratch.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
const MODELS = ["iris", "digits", "language"];
const folder = scratchFolder();

/** ONNX Runtime's names of types as the Open Inference Protocol's. */
const DATATYPE: Readonly<Record<string, string>> = {
  float32: "FP32",
  float64: "FP64",
  int64: "INT64",
  uint8: "UINT8",
  string: "BYTES",
};

function readAs(name: string, content: Uint8Array) {
  return readOnnxHeader(writeFile(folder, name, content));
}

describe("readOnnxHeader", () => {
  for (const name of MODELS) {
    it(`reads from ${name}.onnx what ONNX Runtime reports`, async () => {
      const path = join(ROOT, "handlers", name, `${name}.onnx`);
      const header = readOnnxHeader(path);
      const session = await InferenceSession.create(path);
      for (const [values, reported] of [
        [header.inputs, session.inputMetadata],
        [header.outputs, session.outputMetadata],
      ] as const) {
        const expected = reported.map((value) => {
          assert.ok(value.isTensor);
          // Unnamed dimensions are the empty string there.
          const shape = value.shape.map((dim) => (dim === "" ? "?" : dim));
          return { name: value.name, datatype: DATATYPE[value.type], shape };
        });
        assert.deepEqual(values, expected);
      }
      await session.release();
      assert.match(header.producer, /\w/);
      assert.ok((header.opset["ai.onnx"] ?? 0) > 6 && header.irVersion > 3);
      assert.deepEqual(header.externalData, {});
    });
  }

  it("reads dimensions with names, without, of minus one, and ranks that are open", () => {
    const open = bytes(11, bytes(1, "open"), bytes(2, bytes(1, int(1, 1))));
    const graph = [floatValue(11, "x", "batch", undefined, 3, -1), floatValue(11, "scalar"), open];
    assert.deepEqual(readAs("dims.onnx", model(...graph)).inputs, [
      { name: "x", datatype: "FP32", shape: ["batch", "?", 3, "?"] },
      { name: "scalar", datatype: "FP32", shape: [] },
      { name: "open", datatype: "FP32" },
    ]);
  });

  it("names what is not a tensor, and types that the protocol does not know", () => {
    const value = (name: string, type: Uint8Array) => bytes(12, bytes(1, name), bytes(2, type));
    const float = bytes(1, int(1, 1), bytes(2));
    const map = bytes(5, int(1, 7), bytes(2, float));
    const graph = [
      value("zip", bytes(4, bytes(1, map))),
      value("maybe", bytes(9, bytes(1, float))),
      value("sparse", bytes(8, int(1, 11))),
      value("small", bytes(1, int(1, 17), bytes(2))),
      value("future", bytes(1, int(1, 99), bytes(2))),
    ];
    const datatypes = readAs("types.onnx", model(...graph)).outputs.map(({ datatype }) => datatype);
    assert.deepEqual(datatypes, [
      "SEQUENCE<MAP<INT64,FP32>>",
      "OPTIONAL<FP32>",
      "SPARSE<FP64>",
      "FLOAT8E4M3FN",
      "ONNX99",
    ]);
  });

  it("leaves out inputs that are only defaults, wherever the initializers stand", () => {
    const weights = (name: string) => bytes(5, int(1, 1), int(2, 1), bytes(8, name), bytes(9, new Uint8Array(4)));
    const graph = [
      weights("before"),
      ...["x", "before", "after"].map((name) => floatValue(11, name, 1)),
      weights("after"),
    ];
    assert.deepEqual(
      readAs("defaults.onnx", model(...graph)).inputs.map(({ name }) => name),
      ["x"],
    );
  });

  it("finds files with weights in initializers, sparse ones, attributes, graphs inside graphs and functions", () => {
    const at = (location: string, more = {}) => ({ location, ...more });
    const attribute = (...parts: readonly Uint8Array[]) => bytes(1, bytes(4, "Op"), bytes(5, bytes(1, "a"), ...parts));
    const graph = [
      externalTensor(5, "w1", at("weights.bin", { offset: "0", length: "100" })),
      externalTensor(5, "w2", at("weights.bin", { offset: "4096", length: "16" })),
      bytes(15, externalTensor(1, "s", at("values.bin")), externalTensor(2, "", at("indices.bin"))),
      attribute(externalTensor(5, "", at("constant.bin"))),
      attribute(
        bytes(6, externalTensor(5, "inner", at("branch.bin")), attribute(externalTensor(10, "", at("deep.bin")))),
      ),
    ];
    const functions = bytes(25, bytes(7, bytes(5, externalTensor(5, "", at("function.bin")))));
    const header = readAs("external.onnx", Buffer.concat([model(...graph), functions]));
    assert.deepEqual(header.externalData, {
      "weights.bin": 4112,
      "values.bin": 0,
      "indices.bin": 0,
      "constant.bin": 0,
      "branch.bin": 0,
      "deep.bin": 0,
      "function.bin": 0,
    });
  });

  it("reads metadata, producer and versions", () => {
    const entry = bytes(14, bytes(1, "author"), bytes(2, "ann"));
    const domain = bytes(8, bytes(1, "ai.onnx.ml"), int(2, 3));
    const header = readAs("meta.onnx", Buffer.concat([tinyModel(), entry, domain, int(5, 12)]));
    assert.deepEqual(header.metadata, { author: "ann" });
    assert.deepEqual(header.opset, { "ai.onnx": 17, "ai.onnx.ml": 3 });
    assert.deepEqual([header.producer, header.modelVersion, header.irVersion], ["by hand 1.0", 12, 8]);
  });

  it("skips weights: a model of 6 GB costs no more than a small one", () => {
    const path = join(folder, "large.onnx");
    const size = 6 * 1024 ** 3;
    // Larger than protobuf itself allows, so the widths of all numbers are tried. The hole takes no disk.
    const tensor = Buffer.concat([int(2, 1), bytes(8, "w"), head(9, size)]);
    const after = floatValue(11, "x", 1);
    const graphSize = head(5, tensor.length + size).length + tensor.length + size + after.length;
    const start = Buffer.concat([int(1, 8), head(7, graphSize), head(5, tensor.length + size), tensor]);
    const file = openSync(path, "w");
    writeSync(file, start);
    ftruncateSync(file, start.length + size);
    writeSync(file, after, 0, after.length, start.length + size);
    closeSync(file);
    const before = process.memoryUsage().arrayBuffers;
    const started = performance.now();
    assert.deepEqual(readOnnxHeader(path).inputs, [{ name: "x", datatype: "FP32", shape: [1] }]);
    assert.ok(performance.now() - started < 1000);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1_000_000);
  });

  it("refuses every beginning of a model, unless it ends between two parts after the graph", () => {
    const path = join(ROOT, "handlers", "iris", "iris.onnx");
    const whole = readFileSync(path);
    const boundaries = new Set(topLevelEnds(whole));
    const lengths = fc.oneof(
      fc.nat(whole.length - 1),
      fc.nat(200),
      fc.integer({ min: whole.length - 100, max: whole.length - 1 }),
    );
    fc.assert(
      fc.property(lengths, (length) => {
        fc.pre(!boundaries.has(length));
        assert.throws(() => readAs("cut.onnx", whole.subarray(0, length)), { code: "model-invalid" });
      }),
      { numRuns: 300 },
    );
  });

  it("refuses or reads any bytes, and always with a code", () => {
    const base = tinyModel("some comment");
    const flips = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          flips.map((changes) => flip(base, changes)),
        ),
        (content) => {
          try {
            readAs("noise.onnx", content);
          } catch (error) {
            assert.equal((error as { code?: string }).code, "model-invalid", String(error));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("refuses files that are something else", () => {
    for (const content of ["", "hello world", "<html>", JSON.stringify({ a: 1 })]) {
      assert.throws(() => readAs("other.onnx", Buffer.from(content)), {
        code: "model-invalid",
        message: /export it again/,
      });
    }
    assert.ok(statSync(join(folder, "other.onnx")).size > 0);
  });

  it("does not follow graphs inside graphs without end", () => {
    let graph: Buffer = bytes(2, "innermost");
    for (let depth = 0; depth < 200; depth++) graph = bytes(1, bytes(5, bytes(6, graph)));
    assert.throws(() => readAs("nested.onnx", model(graph)), { code: "model-invalid" });
  });
});

/** Where the parts of the outermost message end. */
function topLevelEnds(content: Buffer): number[] {
  const ends: number[] = [];
  const number = (at: number): [value: number, next: number] => {
    let value = 0;
    let next = at;
    for (let shift = 0; ; shift += 7) {
      const byte = content[next++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return [value, next];
    }
  };
  for (let at = 0; at < content.length; ) {
    const [tag, body] = number(at);
    const [value, next] = number(body);
    at = tag % 8 === 2 ? next + value : next;
    ends.push(at);
  }
  assert.equal(ends.at(-1), content.length);
  return ends;
}

function flip(base: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(base);
  for (const [at, byte] of changes) copy[at] = byte;
  return copy;
}
