import { writeOnnx } from "../../../packages/onnx/test/support/onnx-writer.ts";

/** Adds the number of its version to each row, so that an answer shows its version; over `width` weights. */
export function adder(version: number, width: number): Uint8Array {
  return writeOnnx({
    nodes: [
      { op: "ReduceMean", inputs: ["weights"], outputs: ["offset"], attributes: { keepdims: 0 } },
      { op: "Add", inputs: ["x", "offset"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["N"] }],
    outputs: [{ name: "y", type: "float32", shape: ["N"] }],
    initializers: [{ name: "weights", type: "float32", dims: [width], data: new Array(width).fill(version) }],
  });
}
