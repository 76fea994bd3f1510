import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { analyzeRows, readGraphModel } from "../../src/graph/index.ts";
import { type OnnxModel, Tensor } from "../../src/index.ts";
import { modelOpener } from "../support/models.ts";
import { type GraphSpec, type NodeSpec, type ValueSpec, writeOnnx } from "../support/onnx-writer.ts";

const open = modelOpener();

type Shape = readonly (number | string)[];

interface Case {
  readonly nodes: readonly NodeSpec[];
  /** Of `x`, which is float32 unless `ids` says otherwise. */
  readonly x: Shape;
  readonly ids?: boolean;
  /** Dimensions of `y`; the first is open. */
  readonly rank?: number;
  readonly integer?: boolean;
  readonly constants?: GraphSpec["initializers"];
  readonly opset?: number;
}

const node = (
  op: string,
  inputs: string,
  outputs: string,
  attributes?: NodeSpec["attributes"],
  domain?: string,
): NodeSpec => ({
  op,
  inputs: inputs.split(" "),
  outputs: outputs.split(" "),
  ...(attributes === undefined ? {} : { attributes }),
  ...(domain === undefined ? {} : { domain }),
});

const ints = (name: string, ...data: readonly number[]) => ({
  name,
  dims: [data.length],
  type: "int64" as const,
  data,
});
const scalar = (name: string, value: number) => ({ name, dims: [], type: "int64" as const, data: [value] });
const floats = (name: string, dims: readonly number[], data?: readonly number[]) => {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return {
    name,
    dims,
    type: "float32" as const,
    data: data ?? Array.from({ length: count }, (_, at) => Math.sin(at + 1)),
  };
};

function toSpec({
  nodes,
  x,
  ids = false,
  rank = x.length,
  integer = false,
  constants = [],
  opset = 17,
}: Case): GraphSpec {
  const shape = ["M", ...new Array<null>(rank - 1).fill(null)];
  const output: ValueSpec = { name: "y", type: integer ? "int64" : "float32", shape };
  return {
    nodes,
    inputs: [{ name: "x", type: ids ? "int64" : "float32", shape: x }],
    outputs: [output],
    initializers: constants,
    opset,
  };
}

/** Rows of very different size, so that one that looks at another shows it. */
function requestsFor({ x, ids = false }: Case): Tensor[] {
  const inner = x.slice(1).map((dim) => (typeof dim === "number" ? dim : 3));
  const width = inner.reduce((product, dim) => product * dim, 1);
  return [1, 1000, 0.001].map((size, request) => {
    const rows = request === 1 ? 2 : 1;
    const length = rows * width;
    const data = ids
      ? BigInt64Array.from({ length }, (_, at) => BigInt((at * 7 + request) % 5))
      : Float32Array.from({ length }, (_, at) => size * Math.cos(at * 1.7 + request));
    return new Tensor(ids ? "int64" : "float32", data as never, [rows, ...inner]);
  });
}

/** Whether the runtime itself answers joined requests as it does each alone. */
async function isAnsweredAlike(model: OnnxModel, requests: readonly Tensor[]): Promise<boolean> {
  const alone = [];
  for (const x of requests) alone.push((await model.run({ x })).y!);
  const data = requests.flatMap((request) => [...(request.data as Float32Array)]);
  const rows = requests.reduce((sum, { dims }) => sum + dims[0]!, 0);
  const { type, dims } = requests[0]!;
  const values = type === "int64" ? BigInt64Array.from(data as never) : Float32Array.from(data);
  const joined = (await model.run({ x: new Tensor(type, values as never, [rows, ...dims.slice(1)]) })).y!;
  if (joined.dims[0] !== rows) return false;
  const width = joined.data.length / rows;
  let row = 0;
  for (const { data, dims } of alone) {
    for (let own = 0; own < dims[0]!; own++, row++) {
      const [expected, got] = [
        data.slice(own * width, (own + 1) * width),
        joined.data.slice(row * width, (row + 1) * width),
      ];
      const largest = Math.max(...[...(expected as Float32Array)].map((value) => Math.abs(Number(value))));
      const differs = [...(expected as Float32Array)].some(
        (value, at) => Math.abs(Number(value) - Number(got[at])) > 1e-5 * largest,
      );
      if (differs) return false;
    }
  }
  return true;
}

const HEADS: readonly NodeSpec[] = [
  node("Shape", "x", "shape"),
  node("Gather", "shape zero", "batch"),
  node("Gather", "shape one", "length"),
  node("Unsqueeze", "batch first", "batch1"),
  node("Unsqueeze", "length first", "length1"),
  node("Concat", "batch1 length1 heads", "split", { axis: 0 }),
  node("Concat", "batch1 length1 whole", "merge", { axis: 0 }),
  node("MatMul", "x w", "query"),
  node("Reshape", "query split", "q4"),
  node("Transpose", "q4", "q", { perm: [0, 2, 1, 3] }),
  node("Transpose", "q4", "k", { perm: [0, 2, 3, 1] }),
  node("MatMul", "q k", "scores"),
  node("Softmax", "scores", "weights", { axis: -1 }),
  node("MatMul", "weights q", "context"),
  node("Transpose", "context", "turned", { perm: [0, 2, 1, 3] }),
  node("Reshape", "turned merge", "y"),
];

const KEPT_APART: Readonly<Record<string, Case>> = {
  "a scale and a bias": {
    x: ["N", 4],
    nodes: [node("Mul", "x w", "h"), node("Add", "h b", "y")],
    constants: [floats("w", [1, 4]), floats("b", [4])],
  },
  "a dense layer": {
    x: ["N", 4],
    nodes: [node("Gemm", "x w b", "y", { transB: 1 })],
    constants: [floats("w", [3, 4]), floats("b", [3])],
  },
  "attention with heads, by the shapes that exporters write": {
    x: ["N", "S", 8],
    nodes: HEADS,
    constants: [
      scalar("zero", 0),
      scalar("one", 1),
      ints("first", 0),
      ints("heads", 2, 4),
      ints("whole", 8),
      floats("w", [8, 8]),
    ],
  },
  "a convolution that is flattened into a dense layer": {
    x: ["N", 2, 5, 5],
    rank: 2,
    nodes: [
      node("Conv", "x w", "c", { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
      node("Reshape", "c flat", "f"),
      node("Gemm", "f v", "y"),
    ],
    constants: [floats("w", [3, 2, 3, 3]), ints("flat", -1, 75), floats("v", [75, 2])],
  },
  "a class token that is expanded for each row": {
    x: ["N", "S", 2],
    nodes: [
      node("Shape", "x", "shape"),
      node("Gather", "shape zero", "batch"),
      node("Concat", "batch minus minus", "target", { axis: 0 }),
      node("ConstantOfShape", "three", "zeros"),
      node("Add", "zeros onef", "onesf"),
      node("Cast", "onesf", "ones", { to: 7 }),
      node("Mul", "ones minus", "negative"),
      node("Equal", "target negative", "is"),
      node("Where", "is ones target", "wanted"),
      node("Expand", "token wanted", "tokens"),
      node("Concat", "tokens x", "y", { axis: 1 }),
    ],
    constants: [
      ints("zero", 0),
      ints("minus", -1),
      ints("three", 3),
      floats("onef", [], [1]),
      floats("token", [1, 1, 2]),
    ],
  },
  "a sequence that leads inside of the graph": {
    x: ["N", "S", 2],
    nodes: [
      node("Transpose", "x", "t", { perm: [1, 0, 2] }),
      node("CumSum", "t axis", "c"),
      node("Transpose", "c", "y", { perm: [1, 0, 2] }),
    ],
    constants: [scalar("axis", 0)],
  },
  "rows and words as one dimension, and back": {
    x: ["N", 3, 2],
    nodes: [node("Reshape", "x flat", "f"), node("MatMul", "f w", "m"), node("Reshape", "m back", "y")],
    constants: [ints("flat", -1, 2), floats("w", [2, 2]), ints("back", -1, 3, 2)],
  },
  "words and rows as one dimension, the words before, and back": {
    x: ["N", 3, 2],
    nodes: [
      node("Transpose", "x", "t", { perm: [1, 0, 2] }),
      node("Reshape", "t flat", "f"),
      node("MatMul", "f w", "m"),
      node("Reshape", "m back", "b"),
      node("Transpose", "b", "y", { perm: [1, 0, 2] }),
    ],
    constants: [ints("flat", -1, 2), floats("w", [2, 2]), ints("back", 3, -1, 2)],
  },
  "a table looked up by ids": {
    x: ["N", "S"],
    ids: true,
    rank: 3,
    nodes: [node("Gather", "table x", "y")],
    constants: [floats("table", [5, 2])],
  },
  "a mean over words": { x: ["N", "S", 2], rank: 2, nodes: [node("ReduceMean", "x", "y", { axes: [1], keepdims: 0 })] },
  "a normalised layer": {
    x: ["N", 4],
    nodes: [node("LayerNormalization", "x scale bias", "y")],
    constants: [floats("scale", [4]), floats("bias", [4])],
  },
  "some columns": {
    x: ["N", 4],
    nodes: [node("Slice", "x start end axis", "y")],
    constants: [ints("start", 1), ints("end", 3), ints("axis", 1)],
  },
  "all rows and some columns": {
    x: ["N", 4],
    nodes: [node("Slice", "x start end", "y")],
    constants: [ints("start", 0, 1), ints("end", 2 ** 53, 3)],
  },
  "a label by values that are compared as they came": {
    x: ["N", 4],
    rank: 1,
    integer: true,
    nodes: [node("ArgMax", "x", "y", { axis: 1, keepdims: 0 })],
  },
  "distances of two halves of a row": {
    x: ["N", 4],
    nodes: [
      node("Split", "x", "a b", { axis: 1 }),
      node("Sub", "a b", "d"),
      node("Mul", "d d", "s"),
      node("ReduceSum", "s axis", "y"),
    ],
    constants: [ints("axis", 1)],
  },
};

const COUNT: readonly NodeSpec[] = [node("Shape", "x", "shape"), node("Gather", "shape zero", "count")];

const MIXED: Readonly<Record<string, Case & { readonly why: RegExp }>> = {
  "a scale taken from all rows": {
    x: ["N", 4],
    nodes: [node("DynamicQuantizeLinear", "x", "q s z"), node("DequantizeLinear", "q s z", "y")],
    why: /DynamicQuantizeLinear "q" takes one scale from the values of all rows/,
  },
  "sums along the rows": {
    x: ["N", 4],
    nodes: [node("CumSum", "x axis", "y")],
    constants: [scalar("axis", 0)],
    why: /CumSum "y" works along the rows/,
  },
  "a softmax over the rows": { x: ["N", 1], nodes: [node("Softmax", "x", "y", { axis: 0 })], why: /along the rows/ },
  "a softmax that flattens the rows, as it did before operator set 13": {
    x: ["N", 2],
    nodes: [node("Softmax", "x", "y", { axis: 0 })],
    opset: 11,
    why: /along the rows/,
  },
  "the mean of all rows, by hand": {
    x: ["N", 2],
    nodes: [
      node("ReduceSum", "x axis", "sum"),
      node("Shape", "x", "shape"),
      node("Gather", "shape zero", "count"),
      node("Cast", "count", "n", { to: 1 }),
      node("Div", "sum n", "mean"),
      node("Sub", "x mean", "y"),
    ],
    constants: [ints("axis", 0), scalar("zero", 0)],
    why: /ReduceSum "sum" works along the rows/,
  },
  "a division by the number of rows": {
    x: ["N", 2],
    nodes: [
      node("Shape", "x", "shape"),
      node("Gather", "shape zero", "count"),
      node("Cast", "count", "n", { to: 1 }),
      node("Div", "x n", "y"),
    ],
    constants: [scalar("zero", 0)],
    why: /Div "y" computes with the number of rows/,
  },
  "every row times every other": {
    x: ["N", 2],
    nodes: [node("Transpose", "x", "t"), node("MatMul", "x t", "p"), node("MatMul", "p x", "y")],
    why: /MatMul "p" multiplies rows with other rows/,
  },
  "rows against rows, by broadcasting": {
    x: ["N", 1],
    nodes: [
      node("Transpose", "x", "t"),
      node("Sub", "x t", "d"),
      node("ReduceMax", "d", "y", { axes: [1], keepdims: 1 }),
    ],
    why: /Sub "d" combines rows with other rows/,
  },
  "a shape that takes half of the next row": {
    x: ["N", 4],
    nodes: [node("Reshape", "x eight", "e"), node("Softmax", "e", "s"), node("Reshape", "s four", "y")],
    constants: [ints("eight", -1, 2, 1, 4, 1), ints("four", -1, 4)],
    why: /not known to keep rows apart/,
  },
  "a shape whose numbers a transpose has put in another order": {
    x: ["N", 4],
    nodes: [
      node("Transpose", "numbers", "turned"),
      node("Reshape", "turned six", "flat"),
      node("Slice", "flat one four", "shape"),
      node("Reshape", "x shape", "r"),
      node("Softmax", "r", "s", { axis: 2 }),
      node("Reshape", "s back", "y"),
    ],
    // Read in the old order the shape is [0, 4, 1]; it is [1, 0, -1].
    constants: [
      { name: "numbers", dims: [2, 3], type: "int64", data: [9, 0, 4, 1, -1, 9] },
      ints("six", 6),
      ints("one", 1),
      ints("four", 4),
      ints("back", -1, 4),
    ],
    why: /Reshape "r" has a shape without a dimension for the rows/,
  },
  "rows picked by their number": {
    x: ["N", 2],
    nodes: [node("Gather", "x zero", "f"), node("Add", "x f", "y")],
    constants: [ints("zero", 0)],
    why: /Gather "f" works along the rows/,
  },
  "rows that are numbered": {
    x: ["N", 2],
    nodes: [
      node("Shape", "x", "shape"),
      node("Gather", "shape zero", "count"),
      node("Range", "zero count one", "places"),
      node("Cast", "places", "p", { to: 1 }),
      node("Unsqueeze", "p last", "column"),
      node("Add", "x column", "y"),
    ],
    constants: [scalar("zero", 0), scalar("one", 1), ints("last", 1)],
    why: /Range "places" numbers the rows/,
  },
  "a bias for two rows": {
    x: ["N", 2],
    nodes: [node("Add", "x b", "y")],
    constants: [floats("b", [2, 2])],
    why: /combines rows with a tensor whose size along the rows is not known to be 1/,
  },
  "a bias for two rows, as its shape says only inside of the graph": {
    x: ["N", 2],
    nodes: [node("Reshape", "b shape", "c"), node("Add", "x c", "y")],
    constants: [floats("b", [4]), ints("shape", 2, -1)],
    why: /combines rows with a tensor whose size along the rows is not known to be 1/,
  },
  "the rows turned around": {
    x: ["N", 2],
    nodes: [node("Slice", "x start end axis step", "y")],
    constants: [ints("start", -1), ints("end", -(2 ** 31)), ints("axis", 0), ints("step", -1)],
    why: /Slice "y" takes some of the rows/,
  },
  "batch statistics": {
    x: ["N", 2],
    nodes: [{ ...node("BatchNormalization", "x one b m v", "y mean var"), attributes: { training_mode: 1 } }],
    constants: [floats("one", [2], [1, 1]), floats("b", [2]), floats("m", [2]), floats("v", [2], [1, 2])],
    why: /takes mean and variance from all rows/,
  },
  "indices of a pool, which count from the first row": {
    x: ["N", 1, 4],
    rank: 3,
    integer: true,
    nodes: [node("MaxPool", "x", "p y", { kernel_shape: [2], strides: [2] })],
    why: /MaxPool "p" counts its indices from the first row on/,
  },
  "a weight in a shape that is made of the number of rows": {
    x: ["N", 12],
    nodes: [
      ...COUNT,
      node("Concat", "count minus", "tall", { axis: 0 }),
      node("Reshape", "w tall", "r"),
      node("Transpose", "r", "t"),
      node("Reshape", "t flat", "v"),
      node("Add", "x v", "y"),
    ],
    constants: [ints("zero", 0), ints("minus", -1), ints("flat", 12), floats("w", [12])],
    why: /Add "y" computes with the number of rows/,
  },
  "the number of rows as a boolean, which is 1": {
    x: ["N", 3],
    nodes: [
      ...COUNT,
      node("Cast", "count", "any", { to: 9 }),
      node("Cast", "any", "one", { to: 7 }),
      node("Concat", "one minus", "flat", { axis: 0 }),
      node("Reshape", "x flat", "f"),
      node("Softmax", "f", "s", { axis: 1 }),
      node("Reshape", "s shape", "y"),
    ],
    constants: [ints("zero", 0), ints("minus", -1)],
    why: /Reshape "f" has a shape that depends on the number of rows/,
  },
  "the number of rows, quantised": {
    x: ["N", 3],
    nodes: [
      ...COUNT,
      node("Cast", "count", "n", { to: 1 }),
      node("QuantizeLinear", "n scale", "q"),
      node("DequantizeLinear", "q scale", "d"),
      node("Reshape", "d one", "e"),
      node("Div", "x e", "y"),
    ],
    constants: [ints("zero", 0), ints("one", 1), floats("scale", [], [1])],
    why: /QuantizeLinear "q" has input 0 that depends on the number of rows/,
  },
  "a quantised weight with scales of the rows": {
    x: ["N", 4],
    nodes: [
      node("QuantizeLinear", "w scale", "q"),
      node("ReduceMax", "x", "m", { axes: [1], keepdims: 0 }),
      node("DequantizeLinear", "q m", "d", { axis: 0 }),
      node("ReduceSum", "d", "e"),
      node("Add", "x e", "y"),
    ],
    constants: [floats("w", [4], [1, 2, 3, 4]), floats("scale", [], [1])],
    why: /DequantizeLinear "d" has input 1 that depends on the rows/,
  },
  "pictures as high as there are rows": {
    x: ["N", 1, 4, 4],
    rank: 2,
    nodes: [
      ...COUNT,
      node("Concat", "count one count four", "sizes", { axis: 0 }),
      node("Resize", "x   sizes", "r", { mode: "linear" }),
      node("ReduceMean", "r", "y", { axes: [2, 3], keepdims: 0 }),
    ],
    constants: [ints("zero", 0), ints("one", 1), ints("four", 4)],
    why: /Resize "r" makes the size of an image depend on the number of rows/,
  },
  "as many columns as there are rows": {
    x: ["N", 6],
    nodes: [
      ...COUNT,
      node("CenterCropPad", "x count", "c", { axes: [1] }),
      node("ReduceMean", "c last", "y", { keepdims: 1 }),
    ],
    constants: [ints("zero", 0), ints("last", 1)],
    opset: 18,
    why: /CenterCropPad "c" makes the size of an image depend on the number of rows/,
  },
  "a grid as high as there are rows": {
    x: ["N", 2, 3],
    rank: 2,
    nodes: [
      ...COUNT,
      node("Concat", "count one count four", "sizes", { axis: 0 }),
      node("AffineGrid", "x sizes", "g"),
      node("ReduceSumSquare", "g places", "y", { keepdims: 0 }),
    ],
    constants: [ints("zero", 0), ints("one", 1), ints("four", 4), ints("places", 1, 2)],
    opset: 20,
    why: /AffineGrid "g" makes the size of an image depend on the number of rows/,
  },
  "a number of columns that is sliced out of the shape backwards": {
    x: ["N", 9],
    nodes: [
      node("Shape", "x", "shape"),
      node("Slice", "shape zero far zero back", "count"),
      node("TopK", "x count", "y places", { axis: 1 }),
    ],
    constants: [ints("zero", 0), ints("far", 2 ** 31 - 1), ints("back", -2)],
    why: /TopK "y" has input 1 that depends on the number of rows/,
  },
  "an axis of size 1 that is removed twice": {
    x: ["N", 1, 3],
    rank: 2,
    nodes: [node("Transpose", "x", "t", { perm: [1, 2, 0] }), node("Squeeze", "t twice", "y")],
    constants: [ints("twice", 0, -3)],
    why: /its rows are on axis 1/,
  },
  "pieces of different sizes in a list": {
    x: ["N", 3],
    nodes: [
      node("SplitToSequence", "x two", "list", { axis: 1 }),
      node("SequenceAt", "list zero", "a"),
      node("SequenceAt", "list one", "b"),
      node("Shape", "b", "shape"),
      node("Gather", "shape last", "width"),
      node("Concat", "minus width", "narrow", { axis: 0 }),
      node("Reshape", "a narrow", "y"),
    ],
    constants: [scalar("two", 2), scalar("zero", 0), scalar("one", 1), ints("last", 1), ints("minus", -1)],
    why: /Reshape "y" has a shape that is not known to keep rows apart/,
  },
};

/** The runtime may answer these alike: a rounded number seldom stands at the edge of a decision. */
const NOT_PROMISED: Readonly<Record<string, Case & { readonly why: RegExp }>> = {
  "a label by products that are rounded": {
    x: ["N", 4],
    rank: 1,
    integer: true,
    nodes: [node("MatMul", "x w", "h"), node("ArgMax", "h", "y", { axis: 1, keepdims: 0 })],
    constants: [floats("w", [4, 3])],
    why: /ArgMax "y" decides by floats whose last bits may depend/,
  },
  "a whole number made of a rounded one": {
    x: ["N", 4],
    nodes: [node("MatMul", "x w", "h"), node("Floor", "h", "y")],
    constants: [floats("w", [4, 3])],
    why: /Floor "y" decides/,
  },
  "a product in 16 bits": {
    x: ["N", 4],
    nodes: [node("MatMul", "x w", "h"), node("Cast", "h", "half", { to: 10 }), node("Cast", "half", "y", { to: 1 })],
    constants: [floats("w", [4, 3])],
    why: /Cast "half" decides/,
  },
  "an operator of an unknown domain": {
    x: ["N", 4],
    nodes: [node("Mystery", "x", "y", {}, "com.acme")],
    why: /com\.acme:Mystery "y" is not known to keep rows apart/,
  },
  "a whole number by a scale that is rounded": {
    x: ["N", 4],
    nodes: [node("MatMul", "x w", "m"), node("QuantizeLinear", "x m", "y", { axis: 0 })],
    constants: [floats("w", [4])],
    why: /QuantizeLinear "y" decides/,
  },
  "a whole number to a rounded power": {
    x: ["N", 4],
    nodes: [node("MatMul", "x w", "m"), node("Cast", "x", "i", { to: 6 }), node("Pow", "i m", "y")],
    constants: [floats("w", [4, 4])],
    why: /Pow "y" decides/,
  },
  "corners of regions that are rounded": {
    x: ["N", 5],
    rank: 4,
    nodes: [node("MatMul", "x w", "m"), node("MaxRoiPool", "pictures m", "y", { pooled_shape: [1, 1] })],
    constants: [floats("w", [5, 5]), floats("pictures", [1, 1, 8, 8])],
    why: /MaxRoiPool "y" decides/,
  },
  "rounded numbers that are quantised within a product": {
    x: ["N", 4],
    nodes: [
      node("MatMul", "x w", "m"),
      node("MatMulNBits", "m b s", "y", { K: 4, N: 4, bits: 4, accuracy_level: 4 }, "com.microsoft"),
    ],
    constants: [floats("w", [4, 4]), floats("b", [4]), floats("s", [4])],
    why: /MatMulNBits "y" decides/,
  },
  "a whole number without a sign of what may be out of its range": {
    x: ["N", 4],
    nodes: [node("Cast", "x", "u", { to: 12 }), node("Cast", "u", "y", { to: 1 })],
    why: /Cast "u" converts out-of-range floats differently for one row and for many/,
  },
  "an interpolation between rows with weight 0, which is not a number where a row is infinite": {
    x: ["N", 4, 2],
    nodes: [node("Resize", "x  scales", "y", { mode: "linear" })],
    constants: [floats("scales", [3], [1, 2, 2])],
    why: /Resize "y" interpolates across rows with weight 0, so that an infinite number in one row makes others NaN/,
  },
  "a shape that has the number of rows twice, of a tensor without elements": {
    x: ["N", 1, 0],
    nodes: [
      node("Shape", "x", "shape"),
      node("Gather", "shape zero", "count"),
      node("Concat", "count keep none", "target", { axis: 0 }),
      node("Transpose", "x", "t", { perm: [1, 0, 2] }),
      node("Reshape", "t target", "y"),
    ],
    constants: [ints("zero", 0), ints("keep", 0), ints("none", 0)],
    why: /Reshape "y" has a shape that contains the number of rows twice/,
  },
};

/** Models that no graph here says: as bytes of protobuf. */
const ENCODED: Readonly<Record<string, { readonly model: string; readonly x: Shape; readonly why: RegExp }>> = {
  "a softmax over the rows whose axis 0 the writer left out, as the third version of protobuf does": {
    model:
      "CAo6SQoaCgF4EgF5IgdTb2Z0bWF4KgkKBGF4aXOgAQISAWdaFAoBeBIPCg0IARIJCgMSAU4KAggDYhIKAXkSDQoLCAESBwoDEgFNCgBCBAoAEBFCCQoFbG9jYWwQAQ==",
    x: ["N", 3],
    why: /Softmax "y" works along the rows/,
  },
  "a softmax over the rows whose axis is handed on by one function to another": {
    model:
      "CAo6TQoeCgF4EgF5IgJnMSoLCgRheGlzGACgAQI6BWxvY2FsEgFnWhQKAXgSDwoNCAESCQoDEgFOCgIIA2ISCgF5Eg0KCwgBEgcKAxIBTQoAQgQKABARQgkKBWxvY2FsEAHKAU0KAmcxIgFhKgFiMgRheGlzOiMKAWESAWIiAmcyKhAKBGF4aXOgAQKqAQRheGlzOgVsb2NhbEoECgAQEUoJCgVsb2NhbBABUgVsb2NhbMoBQAoCZzIiAWEqAWIyBGF4aXM6IQoBYRIBYiIHU29mdG1heCoQCgRheGlzoAECqgEEYXhpc0oECgAQEVIFbG9jYWw=",
    x: ["N", 3],
    why: /Softmax "b" works along the rows/,
  },
  "a function with the name of an operator, which the runtime takes instead": {
    model:
      "CAo6SwocCgF4EgF5IgdTb2Z0bWF4KgsKBGF4aXMYAKABAhIBZ1oUCgF4Eg8KDQgBEgkKAxIBTgoCCANiEgoBeRINCgsIARIHCgMSAU0KAEIECgAQEUIJCgVsb2NhbBABygElCgdTb2Z0bWF4IgFhKgFiOgwKAWESAWIiBFJlbHVKBAoAEBFSAA==",
    x: ["N", 3],
    why: /Softmax "y" has the name of an operator, and is also a function of the model/,
  },
  "the second of two functions of one name": {
    model:
      "CAo6RAoVCgF4EgF5IgFvOgVsb2NhbEIDbWl4EgFnWhQKAXgSDwoNCAESCQoDEgFOCgIIA2ISCgF5Eg0KCwgBEgcKAxIBTQoAQgQKABARQgkKBWxvY2FsEAHKATkKAW8iAWEqAWI6HAoBYRIBYiIHU29mdG1heCoLCgRheGlzGACgAQJKBAoAEBFSBWxvY2FsagNtaXjKASQKAW8iAWEqAWI6DAoBYRIBYiIEUmVsdUoECgAQEVIFbG9jYWw=",
    x: ["N", 3],
    why: /Softmax "b" works along the rows/,
  },
  "a width of 1 in 16 bits, whose bits are 15360 as a whole number": {
    model:
      "CAo6nQEKFwoBaBIBayIEQ2FzdCoJCgJ0bxgHoAECCh8KAm0xCgFrEgF0IgZDb25jYXQqCwoEYXhpcxgAoAECChIKAXgKAXQSAXkiB1Jlc2hhcGUSAWcqCwgBEAoqAoB4QgFoKhIIARAHQgJtMUoI//////////9aFQoBeBIQCg4IARIKCgMSAU4KAwiAeGISCgF5Eg0KCwgBEgcKAxIBTQoAQgQKABARQgkKBWxvY2FsEAE=",
    x: ["N", 15360],
    why: /Reshape "y" has a shape that is not known to keep rows apart/,
  },
};

describe("rows that keep apart", () => {
  for (const [title, one] of Object.entries(KEPT_APART)) {
    it(`are recognised in ${title}, and the runtime agrees`, async () => {
      const bytes = writeOnnx(toSpec(one));
      assert.deepEqual(analyzeRows(bytes), { y: true });
      assert.ok(await isAnsweredAlike(open(bytes), requestsFor(one)));
    });
  }
});

describe("rows that meet", () => {
  for (const [title, { why, ...one }] of Object.entries(MIXED)) {
    it(`are found in ${title}, and the runtime shows it`, async () => {
      const bytes = writeOnnx(toSpec(one));
      assert.match(String(analyzeRows(bytes).y), why);
      const answered = await isAnsweredAlike(open(bytes), requestsFor(one)).catch(() => false);
      assert.equal(answered, false);
    });
  }

  for (const [title, { model, x, why }] of Object.entries(ENCODED)) {
    it(`are found in ${title}, and the runtime shows it`, async () => {
      const bytes = Buffer.from(model, "base64");
      assert.match(String(analyzeRows(bytes).y), why);
      assert.equal(await isAnsweredAlike(open(bytes), requestsFor({ nodes: [], x })), false);
    });
  }

  for (const [title, { why, ...one }] of Object.entries(NOT_PROMISED)) {
    it(`are not ruled out in ${title}`, () => assert.match(String(analyzeRows(writeOnnx(toSpec(one))).y), why));
  }
});

it("each output is judged by itself", () => {
  const verdict = analyzeRows(
    writeOnnx({
      nodes: [node("MatMul", "x w", "scores"), node("ArgMax", "scores", "label", { axis: 1, keepdims: 0 })],
      inputs: [{ name: "x", type: "float32", shape: ["N", 4] }],
      outputs: [
        { name: "label", type: "int64", shape: ["N"] },
        { name: "scores", type: "float32", shape: ["N", 3] },
      ],
      initializers: [floats("w", [4, 3])],
    }),
  );
  assert.match(String(verdict.label), /ArgMax/);
  assert.equal(verdict.scores, true);
});

it("sizes of one name are not taken to be equal, since the runtime does not make them so", () => {
  const value = (name: string, shape: Shape): ValueSpec => ({ name, type: "float32", shape });
  const spec: GraphSpec = {
    nodes: [
      node("Shape", "b", "shape"),
      node("Gather", "shape one", "width"),
      node("Concat", "minus width", "target", { axis: 0 }),
      node("Reshape", "a target", "y"),
    ],
    inputs: [value("a", ["N", "S"]), value("b", ["N", "S"])],
    outputs: [value("y", ["N", "S"])],
    initializers: [ints("one", 1), ints("minus", -1)],
  };
  assert.match(String(analyzeRows(writeOnnx(spec)).y), /Reshape "y" has a shape that is not known to keep rows apart/);
});

describe("graphs that are made to take time or memory", () => {
  const repeated = (count: number, one: (index: number) => NodeSpec): NodeSpec[] =>
    Array.from({ length: count }, (_, index) => one(index));
  const graphs: Readonly<Record<string, Case>> = {
    "sizes that are squared again and again": {
      x: ["N", "S"],
      nodes: [
        node("Shape", "x", "v0"),
        ...repeated(60, (index) => node("Mul", `v${index} v${index}`, `v${index + 1}`)),
        node("Relu", "x", "y"),
      ],
    },
    "shapes that are doubled again and again": {
      x: ["N", "S"],
      nodes: [
        node("Shape", "x", "v0"),
        ...repeated(60, (index) => node("Concat", `v${index} v${index}`, `v${index + 1}`, { axis: 0 })),
        node("Relu", "x", "y"),
      ],
    },
    "a thousand dimensions": {
      x: ["N", 2],
      nodes: [
        node("Identity", "axis", "v0"),
        ...repeated(20_000, (index) => node("Unsqueeze", `v${index} axis`, `v${index + 1}`)),
        node("Relu", "x", "y"),
      ],
      constants: [ints("axis", 1)],
    },
    "a slice of two thousand million elements": {
      x: ["N", 2_000_000_000],
      nodes: [node("Slice", "x start end axis", "y")],
      constants: [ints("start", 1), ints("end", 1_999_999_999), ints("axis", 1)],
    },
    "more inputs than the stack has room for": {
      x: ["N", 2],
      nodes: [{ op: "Sum", inputs: new Array<string>(300_000).fill("x"), outputs: ["z"] }, node("Relu", "x", "y")],
    },
    "a tensor of -1 elements": {
      x: ["N", 2],
      nodes: [node("ConstantOfShape", "minus", "z"), node("Relu", "x", "y")],
      constants: [ints("minus", -1)],
    },
    "rows without elements": {
      x: ["N", 0],
      nodes: [node("Reshape", "x minus", "f"), node("Add", "f f", "z"), node("Relu", "x", "y")],
      constants: [ints("minus", -1)],
    },
  };

  for (const [title, one] of Object.entries(graphs)) {
    it(`are read in time: ${title}`, () => assert.deepEqual(analyzeRows(writeOnnx(toSpec(one))), { y: true }));
  }

  it("functions that call functions are followed for a while only", () => {
    const functions = Array.from({ length: 60 }, (_, index) => {
      const body =
        index === 59
          ? [["Relu", ""]]
          : [
              [`f${index + 1}`, "local"],
              [`f${index + 1}`, "local"],
            ];
      const names = ["a", ...body.slice(1).map((_, at) => `t${at}`), "b"];
      const calls = body.map(([op, domain], at) => [
        ...field(7, [...field(1, names[at]!), ...field(2, names[at + 1]!), ...field(4, op!), ...field(7, domain!)]),
      ]);
      return field(25, [
        ...field(1, `f${index}`),
        ...field(4, "a"),
        ...field(5, "b"),
        ...calls.flat(),
        ...field(10, "local"),
      ]);
    });
    const spec = toSpec({ x: ["N", 2], nodes: [node("f0", "x", "y", {}, "local")] });
    const model = Buffer.concat([writeOnnx(spec), ...functions.map((one) => Buffer.from(one))]);
    assert.match(String(analyzeRows(model).y), /too large for the analysis/);
  });
});

/** A text, or a message, of protobuf. */
function field(number: number, content: string | readonly number[]): number[] {
  const bytes = [...Buffer.from(typeof content === "string" ? content : Uint8Array.from(content))];
  const tag = number * 8 + 2;
  return [...varint(tag), ...varint(bytes.length), ...bytes];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

describe("reading a graph", () => {
  it("passes over weights and long lists", () => {
    const { graph } = readGraphModel(
      writeOnnx({
        nodes: [
          {
            ...node("Identity", "x", "y"),
            attributes: { long: Array.from({ length: 5000 }, (_, at) => at), short: [1, 2] },
          },
        ],
        inputs: [{ name: "x", type: "float32", shape: ["N", 4] }],
        outputs: [{ name: "y", type: "float32", shape: ["N", 4] }],
        initializers: [floats("large", [2000]), ints("small", 1, -1)],
      }),
    );
    const [{ attributes } = { attributes: new Map() }] = graph.nodes;
    assert.deepEqual([attributes.get("long"), attributes.get("short")], [{ isLong: true }, { ints: [1, 2] }]);
    assert.deepEqual(
      graph.initializers.map(({ values }) => values),
      [undefined, [1, -1]],
    );
  });

  it("refuses what is not a model, and what is cut off", () => {
    const bytes = writeOnnx({ nodes: [node("Identity", "x", "y")], inputs: [], outputs: [] });
    for (const broken of [new Uint8Array(), Buffer.from("<html></html>"), bytes.subarray(0, bytes.length - 30)]) {
      assert.throws(() => analyzeRows(broken), { code: "model-invalid" });
    }
  });
});
