import { writeOnnx } from "./onnx-writer.ts";

/** Ids of 10 tokens in up to 8 places, as an encoder looks them up; the sum of a token's row is `10 * id + place`. */
export function embedding(): Uint8Array {
  return writeOnnx({
    nodes: [
      { op: "Gather", name: "/srv/bob/model/word", inputs: ["words", "tokens"], outputs: ["word"] },
      { op: "Shape", inputs: ["tokens"], outputs: ["shape"] },
      { op: "Slice", inputs: ["shape", "one", "two"], outputs: ["length"] },
      { op: "Slice", inputs: ["places", "zero", "length"], outputs: ["taken"] },
      { op: "Add", name: "/srv/bob/model/place", inputs: ["word", "taken"], outputs: ["placed"] },
      { op: "ReduceSum", inputs: ["placed", "last"], outputs: ["sum"], attributes: { keepdims: 0 } },
    ],
    inputs: [{ name: "tokens", type: "int64", shape: ["N", "L"] }],
    outputs: [{ name: "sum", type: "float32", shape: ["N", "L"] }],
    initializers: [
      { name: "words", dims: [10, 2], type: "float32", data: Array.from({ length: 20 }, (_, at) => 5 * (at >> 1)) },
      { name: "places", dims: [8, 2], type: "float32", data: Array.from({ length: 16 }, (_, at) => (at >> 1) / 2) },
      ...Object.entries({ zero: 0, one: 1, two: 2, last: -1 }).map(
        ([name, value]) => ({ name, dims: [1], type: "int64", data: [value] }) as const,
      ),
    ],
  });
}

/** Two inputs side by side, without a common name for their rows. */
export function sideBySide(): Uint8Array {
  return writeOnnx({
    nodes: [{ op: "Concat", inputs: ["a", "b"], outputs: ["y"], attributes: { axis: 1 } }],
    inputs: [
      { name: "a", type: "float32", shape: [null, 2] },
      { name: "b", type: "float32", shape: [null, 1] },
    ],
    outputs: [{ name: "y", type: "float32", shape: [null, 3] }],
  });
}
