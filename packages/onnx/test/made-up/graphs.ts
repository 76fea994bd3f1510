import type { GraphSpec, NodeSpec, ValueSpec } from "../support/onnx-writer.ts";

type Shape = readonly (number | string | null)[];

const floats = (name: string, shape: Shape): ValueSpec => ({ name, type: "float32", shape });
const ids = (name: string, shape: Shape): ValueSpec => ({ name, type: "int64", shape });

interface Weights {
  readonly name: string;
  readonly dims: readonly number[];
}

function weights({ name, dims }: Weights) {
  const size = dims.reduce((count, dim) => count * dim, 1);
  return { name, dims, type: "float32", data: new Float32Array(size).fill(0.01) } as const;
}

/** Nodes in a row, from the first input to `y`. */
function graph(nodes: readonly NodeSpec[], inputs: readonly ValueSpec[], own: readonly Weights[] = []): GraphSpec {
  const outputs = [{ name: "y", type: "float32" } as const];
  return { nodes, inputs, outputs, initializers: own.map(weights) };
}

function constant(name: string, data: readonly number[]) {
  return { name, dims: [data.length], type: "int64", data } as const;
}

/** A convolution of an image of any size, for each kernel, stride, padding and dilation. */
function convolutions(): Record<string, GraphSpec> {
  const found: Record<string, GraphSpec> = {};
  for (const kernel of [1, 3, 7]) {
    for (const stride of [1, 2, 5]) {
      for (const pad of [0, 1]) {
        for (const dilation of [1, 3]) {
          const attributes = {
            strides: [stride, stride],
            pads: [pad, pad, pad, pad],
            dilations: [dilation, dilation],
          };
          const name = `a ${kernel}x${kernel} convolution, stride ${stride}, padding ${pad}, dilation ${dilation}`;
          found[name] = graph(
            [{ op: "Conv", inputs: ["x", "w"], outputs: ["y"], attributes }],
            [floats("x", ["b", "c", "h", "w"])],
            [{ name: "w", dims: [2, 3, kernel, kernel] }],
          );
        }
      }
    }
  }
  return found;
}

/** Halves the image, doubles it again and joins both: an odd size does not fit. */
const U_NET = graph(
  [
    ...[0, 1, 2].flatMap((level): NodeSpec[] => [
      {
        op: "MaxPool",
        inputs: [level === 0 ? "x" : `d${level - 1}`],
        outputs: [`d${level}`],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      },
    ]),
    { op: "ConvTranspose", inputs: ["d2", "w8"], outputs: ["up"], attributes: { strides: [8, 8] } },
    { op: "Concat", inputs: ["x", "up"], outputs: ["y"], attributes: { axis: 1 } },
  ],
  [floats("x", ["b", 1, "h", "w"])],
  [{ name: "w8", dims: [1, 1, 8, 8] }],
);

/** Graphs that inputs of ones and zeros do not fit. */
export const GRAPHS: Record<string, GraphSpec> = {
  "a 3x3 convolution of one channel": graph(
    [{ op: "Conv", inputs: ["x", "w"], outputs: ["y"] }],
    [floats("x", ["b", 1, "h", "w"])],
    [{ name: "w", dims: [1, 1, 3, 3] }],
  ),
  "a table of one row": graph(
    [{ op: "Gather", inputs: ["t", "i"], outputs: ["y"] }],
    [ids("i", ["N"])],
    [{ name: "t", dims: [1, 2] }],
  ),
  "a shape as an input": graph(
    [{ op: "Reshape", inputs: ["x", "s"], outputs: ["y"] }],
    [floats("x", ["N", 4]), ids("s", [2])],
  ),
  "an empty tensor": graph([{ op: "Identity", inputs: ["x"], outputs: ["y"] }], [floats("x", [2, 0, 4])]),
  ...convolutions(),
  "six convolutions without padding": graph(
    Array.from({ length: 6 }, (_, index) => ({
      op: "Conv",
      inputs: [index === 0 ? "x" : `h${index}`, "w"],
      outputs: [index === 5 ? "y" : `h${index + 1}`],
    })),
    [floats("x", ["b", 3, "h", "w"])],
    [{ name: "w", dims: [3, 3, 3, 3] }],
  ),
  "a U-Net": U_NET,
  "a matrix": graph(
    [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"] }],
    [floats("x", ["N", "K"])],
    [{ name: "w", dims: [5, 2] }],
  ),
  "two matrices that share a dimension": graph(
    [
      { op: "Gemm", inputs: ["a", "w"], outputs: ["g"], attributes: { transB: 1 } },
      { op: "MatMul", inputs: ["g", "b"], outputs: ["y"] },
    ],
    [floats("a", ["N", "K"]), floats("b", ["M", "P"])],
    [{ name: "w", dims: [7, 5] }],
  ),
  "a recurrent network whose state has a batch of its own": graph(
    [{ op: "RNN", inputs: ["x", "w", "r", "", "", "h"], outputs: ["y"], attributes: { hidden_size: 4 } }],
    [floats("x", ["T", "B", "F"]), floats("h", [1, null, null])],
    [
      { name: "w", dims: [1, 4, 6] },
      { name: "r", dims: [1, 4, 4] },
    ],
  ),
  "positions of one length": graph(
    [
      { op: "Add", inputs: ["x", "p"], outputs: ["a"] },
      { op: "MatMul", inputs: ["a", "m"], outputs: ["y"] },
    ],
    [floats("x", ["b", "s", "d"])],
    [
      { name: "p", dims: [1, 12, 8] },
      { name: "m", dims: [8, 1] },
    ],
  ),
  "rows of a fixed number of elements": {
    ...graph([{ op: "Reshape", inputs: ["x", "s"], outputs: ["y"] }], [floats("x", ["b", "f"])]),
    initializers: [constant("s", [-1, 3, 5])],
  },
  "a mode that the graph compares": {
    ...graph(
      [
        { op: "Equal", inputs: ["rate", "known"], outputs: ["same"] },
        { op: "Cast", inputs: ["same"], outputs: ["one"], attributes: { to: 7 } },
        { op: "Sub", inputs: ["one", "step"], outputs: ["index"] },
        { op: "Gather", inputs: ["table", "index"], outputs: ["y"] },
      ],
      [ids("rate", [1])],
    ),
    initializers: [constant("known", [16000]), constant("step", [1]), weights({ name: "table", dims: [1] })],
  },
  "a cache of earlier tokens": graph(
    [
      { op: "Concat", inputs: ["past", "x"], outputs: ["all"], attributes: { axis: 1 } },
      { op: "Add", inputs: ["all", "mask"], outputs: ["y"] },
    ],
    [
      floats("x", ["batch_size", "sequence_length", 4]),
      floats("past", ["batch_size", "past_sequence_length", 4]),
      floats("mask", ["batch_size", "past_sequence_length + sequence_length", 4]),
    ],
  ),
  "lengths, factors and axes as inputs": graph(
    [
      { op: "Expand", inputs: ["x", "shape"], outputs: ["wide"] },
      { op: "Tile", inputs: ["wide", "times"], outputs: ["tiled"] },
      { op: "Slice", inputs: ["tiled", "starts", "ends", "axes"], outputs: ["part"] },
      { op: "Unsqueeze", inputs: ["part", "new"], outputs: ["y"] },
    ],
    [
      floats("x", ["N", "M"]),
      ids("shape", [2]),
      ids("times", [2]),
      ids("starts", [2]),
      ids("ends", [2]),
      ids("axes", [2]),
      ids("new", [2]),
    ],
  ),
  "a divisor": {
    nodes: [{ op: "Div", inputs: ["a", "b"], outputs: ["y"] }],
    inputs: [ids("a", ["N"]), ids("b", ["N"])],
    outputs: [{ name: "y", type: "int64", shape: ["N"] }],
  },
};
