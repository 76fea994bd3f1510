import { type GraphSpec, type NodeSpec, writeOnnx } from "../../support/onnx-writer.ts";

/** Rows of the table that `index` of {@link mixed} looks up. */
export const TABLE = [0.5, -1.25, 3, 100.125, -7];

/**
 * Float `x`, int64 `index` and text `name`, each with a tail of any length, to `double` = x + x, `picked` = the table at
 * `index`, and `echo` = name. An index outside the table fails the whole run.
 */
export function mixed(): Uint8Array {
  return writeOnnx({
    nodes: [
      { op: "Add", inputs: ["x", "x"], outputs: ["double"] },
      { op: "Gather", inputs: ["table", "index"], outputs: ["picked"] },
      { op: "Identity", inputs: ["name"], outputs: ["echo"] },
    ],
    inputs: [
      { name: "x", type: "float32", shape: ["N", "S"] },
      { name: "index", type: "int64", shape: ["N", "T"] },
      { name: "name", type: "string", shape: ["N"] },
    ],
    outputs: [
      { name: "double", type: "float32", shape: ["N", "S"] },
      { name: "picked", type: "float32", shape: ["N", "T"] },
      { name: "echo", type: "string", shape: ["N"] },
    ],
    initializers: [{ name: "table", dims: [TABLE.length], type: "float32", data: TABLE }],
  });
}

/** y = x * factor, so that versions can be told apart. */
export function times(factor: number): Uint8Array {
  return writeOnnx({
    nodes: [{ op: "Mul", inputs: ["x", "factor"], outputs: ["y"] }],
    inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
    initializers: [{ name: "factor", dims: [1], type: "float32", data: [factor] }],
  });
}

/** Takes some milliseconds for a row, and a second for hundreds: `steps` products with one square matrix of zeros. Gives y = x. */
export function slow(steps = 40, width = 1024): Uint8Array {
  const nodes: NodeSpec[] = [{ op: "MatMul", inputs: ["x", "in"], outputs: ["h0"] }];
  for (let step = 0; step < steps; step++) {
    nodes.push({ op: "MatMul", inputs: [`h${step}`, "zeros"], outputs: [`h${step + 1}`] });
  }
  nodes.push({ op: "MatMul", inputs: [`h${steps}`, "out"], outputs: ["none"] });
  nodes.push({ op: "Add", inputs: ["x", "none"], outputs: ["y"] });
  const zeros = (count: number) => () => new Float32Array(count);
  return writeOnnx({
    nodes,
    inputs: [{ name: "x", type: "float32", shape: ["N", 1] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 1] }],
    initializers: [
      { name: "in", dims: [1, width], type: "float32", data: zeros(width) },
      { name: "zeros", dims: [width, width], type: "float32", data: zeros(width * width) },
      { name: "out", dims: [width, 1], type: "float32", data: zeros(width) },
    ],
  });
}

/** Weights of so many bytes, which nothing but the load is slow with. */
export function heavy(megabytes: number): GraphSpec {
  const columns = megabytes * 256;
  const data = () => new Float32Array(1024 * columns);
  return {
    nodes: [
      { op: "MatMul", inputs: ["x", "w"], outputs: ["h"] },
      { op: "ReduceMax", inputs: ["h"], outputs: ["y"], attributes: { axes: [1], keepdims: 1 } },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["N", 1024] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 1] }],
    initializers: [{ name: "w", dims: [1024, columns], type: "float32", data }],
  };
}

/** Each row less the mean of all rows of its run. */
export function centred(): Uint8Array {
  return writeOnnx({
    nodes: [
      { op: "ReduceMean", inputs: ["x"], outputs: ["mean"], attributes: { axes: [0], keepdims: 1 } },
      { op: "Sub", inputs: ["x", "mean"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
  });
}

/** y = x by way of 8 bits, whose scale is taken from all rows of a run. */
export function quantised(): Uint8Array {
  return writeOnnx({
    nodes: [
      { op: "DynamicQuantizeLinear", inputs: ["x"], outputs: ["q", "scale", "zero"] },
      { op: "DequantizeLinear", inputs: ["q", "scale", "zero"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
  });
}

/** The rows of `x` where `keep` is true: as many come out as go in only where it is true everywhere. */
export function filtered(): Uint8Array {
  return writeOnnx({
    nodes: [{ op: "Compress", inputs: ["x", "keep"], outputs: ["y"], attributes: { axis: 0 } }],
    inputs: [
      { name: "x", type: "float32", shape: ["N", 1] },
      { name: "keep", type: "bool", shape: ["N"] },
    ],
    outputs: [{ name: "y", type: "float32", shape: ["N", 1] }],
  });
}

/** Entries of a table of zeros: as fast with a large one as with a small one. */
export function lookup(megabytes: number): Uint8Array {
  const length = megabytes * 2 ** 18;
  return writeOnnx({
    nodes: [{ op: "Gather", inputs: ["table", "index"], outputs: ["y"] }],
    inputs: [{ name: "index", type: "int64", shape: ["N"] }],
    outputs: [{ name: "y", type: "float32", shape: ["N"] }],
    initializers: [{ name: "table", dims: [length], type: "float32", data: () => new Float32Array(length) }],
  });
}

/** Six 3x3 convolutions of an image of any size: fast for one pixel, slow for many. */
export function convolutions(): Uint8Array {
  const size = 3 * 3 * 3 * 3;
  return writeOnnx({
    nodes: Array.from({ length: 6 }, (_, index) => ({
      op: "Conv",
      inputs: [index === 0 ? "x" : `h${index}`, "w"],
      outputs: [index === 5 ? "y" : `h${index + 1}`],
      attributes: { pads: [1, 1, 1, 1] },
    })),
    inputs: [{ name: "x", type: "float32", shape: ["b", 3, "h", "w"] }],
    outputs: [{ name: "y", type: "float32", shape: ["b", 3, "h", "w"] }],
    initializers: [
      {
        name: "w",
        dims: [3, 3, 3, 3],
        type: "float32",
        data: Float32Array.from({ length: size }, (_, at) => (at % 7) / 20),
      },
    ],
  });
}
