import type { GraphNode } from "../graph/index.ts";
import { type Dim, type Dims, type Requirements, slide, unslide } from "./dims.ts";

/** A node, the shapes of its inputs where they are known, and the lists of integers that the file contains. */
export interface Step {
  readonly node: GraphNode;
  readonly shapes: readonly (Dims | undefined)[];
  readonly constants: readonly (readonly number[] | undefined)[];
  readonly required: Requirements;
}

/** Notes what the node requires of its inputs, and returns the shape of its first output. */
type Rule = (step: Step) => Dims | undefined;

/** Rules by operator. An operator without a rule requires nothing, and the shapes of its outputs are unknown. */
export function ruleOf({ op }: GraphNode): Rule | undefined {
  return RULES.get(op);
}

function ints({ node }: Step, name: string): readonly number[] | undefined {
  return node.attributes.get(name)?.ints;
}

function int({ node }: Step, name: string, otherwise: number): number {
  return node.attributes.get(name)?.int ?? otherwise;
}

/** Axes as an attribute, or since opset 13 as an input. */
function axesOf(step: Step, rank: number): readonly number[] | undefined {
  const axes = ints(step, "axes") ?? step.constants[1];
  return axes?.map((axis) => (axis < 0 ? axis + rank : axis));
}

function last(dims: Dims | undefined, from = 1): Dim {
  return dims?.[dims.length - from];
}

const same: Rule = ({ shapes }) => shapes[0];

const broadcast: Rule = ({ shapes, required }) => {
  if (shapes.some((dims) => dims === undefined)) return undefined;
  const rank = Math.max(...shapes.map((dims) => dims!.length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map((shape) => (axis < rank - shape!.length ? 1 : shape![axis - rank + shape!.length]));
    const size = dims.find((dim) => typeof dim === "number" && dim !== 1) as number | undefined;
    for (const dim of dims) if (size !== undefined) required.suggest(dim, size);
    return size ?? (dims.includes(undefined) ? undefined : (dims.find((dim) => dim !== 1) ?? 1));
  });
};

interface Windows {
  readonly spatial: Dims;
  readonly kernel: readonly Dim[] | undefined;
}

/** The spatial sizes after a convolution or a pool. */
function windowed(step: Step, { spatial, kernel }: Windows, move: typeof slide): Dims {
  const dilations = ints(step, "dilations");
  const strides = ints(step, "strides");
  const pads = ints(step, "pads");
  const isSame = step.node.attributes.get("auto_pad")?.text?.startsWith("SAME") === true;
  return spatial.map((dim, axis) => {
    const size = kernel?.[axis];
    if (typeof size !== "number") return undefined;
    const span = (size - 1) * (dilations?.[axis] ?? 1) + 1;
    const stride = strides?.[axis] ?? 1;
    const padding = isSame ? span - 1 : (pads?.[axis] ?? 0) + (pads?.[axis + spatial.length] ?? 0);
    const moved = move(dim, span, stride, padding);
    step.required.demand(moved);
    return moved;
  });
}

/** @param at The position of the weights: quantised convolutions have scales before them. */
function convolution(at: number): Rule {
  return (step) => {
    const [x, weights] = [step.shapes[0], step.shapes[at]];
    const channels = weights?.[1];
    if (x === undefined) return undefined;
    if (typeof channels === "number") step.required.unify(x[1], channels * int(step, "group", 1));
    const kernel = ints(step, "kernel_shape") ?? weights?.slice(2);
    return [x[0], weights?.[0], ...windowed(step, { spatial: x.slice(2), kernel }, slide)];
  };
}

const transposedConvolution: Rule = (step) => {
  const [x, weights] = step.shapes;
  if (x === undefined) return undefined;
  step.required.unify(x[1], weights?.[0]);
  const kernel = ints(step, "kernel_shape") ?? weights?.slice(2);
  const channels = weights?.[1];
  const out = typeof channels === "number" ? channels * int(step, "group", 1) : undefined;
  return [x[0], out, ...windowed(step, { spatial: x.slice(2), kernel }, unslide)];
};

const pool: Rule = (step) => {
  const x = step.shapes[0];
  if (x === undefined) return undefined;
  return [...x.slice(0, 2), ...windowed(step, { spatial: x.slice(2), kernel: ints(step, "kernel_shape") }, slide)];
};

/** @param at The position of the second matrix. */
function matmul(at: number): Rule {
  return ({ shapes, required }) => {
    const [a, b] = [shapes[0], shapes[at]];
    required.unify(last(a), last(b, Math.min(2, b?.length ?? 2)));
    if (a === undefined || b === undefined || b.length !== 2) return undefined;
    return [...a.slice(0, -1), b[1]];
  };
}

const gemm: Rule = (step) => {
  const [a, b] = step.shapes;
  const [rows, inner] = int(step, "transA", 0) === 0 ? [a?.[0], a?.[1]] : [a?.[1], a?.[0]];
  const [outer, columns] = int(step, "transB", 0) === 0 ? [b?.[0], b?.[1]] : [b?.[1], b?.[0]];
  step.required.unify(inner, outer);
  return [rows, columns];
};

/** A scale for each channel. @param axis of the channels. */
function perChannel(axis: number): Rule {
  return ({ shapes, required }) => {
    const x = shapes[0];
    required.unify(x?.at(axis), shapes[1]?.at(-1));
    return x;
  };
}

const recurrent: Rule = (step) => {
  const [x, weights, recurrence, , , initial] = step.shapes;
  step.required.unify(last(x), last(weights));
  step.required.unify(last(initial), last(recurrence));
  step.required.unify(initial?.[0], weights?.[0]);
  if (int(step, "layout", 0) !== 0) return undefined;
  step.required.unify(initial?.[1], x?.[1]);
  return [x?.[0], weights?.[0], x?.[1], last(recurrence)];
};

const transpose: Rule = (step) => {
  const x = step.shapes[0];
  const order = ints(step, "perm") ?? x?.map((_, axis) => x.length - 1 - axis);
  return x === undefined ? undefined : order?.map((axis) => x[axis]);
};

const concat: Rule = (step) => {
  const [first, ...others] = step.shapes;
  if (first === undefined) return undefined;
  const given = int(step, "axis", 0);
  const along = given < 0 ? given + first.length : given;
  for (const other of others) {
    for (const [axis, dim] of first.entries()) if (axis !== along) step.required.unify(dim, other?.[axis]);
  }
  const parts = step.shapes.map((dims) => dims?.[along]);
  const total = parts.every((dim) => typeof dim === "number") ? parts.reduce((sum, dim) => sum + dim, 0) : undefined;
  return first.map((dim, axis) => (axis === along ? total : dim));
};

function product(dims: Dims): number {
  return dims.reduce<number>((total, dim) => (typeof dim === "number" ? total * dim : total), 1);
}

const flatten: Rule = (step) => {
  const [x] = step.shapes;
  const given = int(step, "axis", 1);
  if (x === undefined) return undefined;
  const parts = [x.slice(0, given), x.slice(given)];
  return parts.map((dims) => (dims.every((dim) => typeof dim === "number") ? product(dims) : whole(dims)));
};

/** The only dimension that is not 1. */
function whole(dims: Dims): Dim {
  const others = dims.filter((dim) => dim !== 1);
  return others.length === 1 ? others[0] : undefined;
}

const reshape: Rule = ({ shapes: [x], constants: [, wanted], required }) => {
  if (wanted === undefined) return undefined;
  const open = x?.filter((dim, axis) => typeof dim !== "number" && wanted[axis] !== 0) ?? [];
  const known = product(x ?? []);
  const size = wanted.reduce((total, dim) => (dim > 0 ? total * dim : total), 1) / known;
  // A dimension of any size besides the batch has to fill the new shape.
  const free = wanted.includes(-1) && open.length > 1 ? open.slice(1) : open;
  if (free.length === 1 && Number.isInteger(size) && size > 0) required.suggest(free[0], size);
  return wanted.map((dim, axis) => (dim > 0 ? dim : dim === 0 ? x?.[axis] : axis === 0 ? x?.[0] : undefined));
};

const unsqueeze: Rule = (step) => {
  const [x] = step.shapes;
  const axes = axesOf(step, (x?.length ?? 0) + (ints(step, "axes") ?? step.constants[1] ?? []).length);
  if (x === undefined || axes === undefined) return undefined;
  const rest = [...x];
  return Array.from({ length: x.length + axes.length }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()));
};

const squeeze: Rule = (step) => {
  const [x] = step.shapes;
  const axes = axesOf(step, x?.length ?? 0);
  return axes === undefined ? undefined : x?.filter((_, axis) => !axes.includes(axis));
};

const gather: Rule = (step) => {
  const [table, index] = step.shapes;
  if (table === undefined || index === undefined) return undefined;
  const given = int(step, "axis", 0);
  const axis = given < 0 ? given + table.length : given;
  return [...table.slice(0, axis), ...index, ...table.slice(axis + 1)];
};

const reduce: Rule = (step) => {
  const [x] = step.shapes;
  const axes = axesOf(step, x?.length ?? 0);
  if (x === undefined || axes === undefined) return undefined;
  const keep = int(step, "keepdims", 1) !== 0;
  return x.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
};

/** Operators of `ai.onnx.ml` list one number for each feature. */
const features: Rule = (step) => {
  const { attributes } = step.node;
  const ids = attributes.get("nodes_featureids")?.ints;
  const lists = ["offset", "scale", "imputed_value_floats"].map((name) => attributes.get(name)?.floats?.length ?? 0);
  const size = ids === undefined ? Math.max(...lists) : ids.reduce((most, id) => Math.max(most, id + 1), 0);
  if (size > 1) step.required.suggest(last(step.shapes[0]), size);
  return ids === undefined ? step.shapes[0] : undefined;
};

const linear: Rule = (step) => {
  const { attributes } = step.node;
  const coefficients = attributes.get("coefficients")?.floats?.length ?? 0;
  const rows = attributes.get("intercepts")?.floats?.length ?? int(step, "targets", 1);
  const size = coefficients / Math.max(1, rows);
  if (size >= 1 && Number.isInteger(size)) step.required.suggest(last(step.shapes[0]), size);
  return undefined;
};

function each(names: string, rule: Rule): [string, Rule][] {
  return names.split(" ").map((name) => [name, rule]);
}

const RULES: ReadonlyMap<string, Rule> = new Map([
  ...each(
    "Identity Cast CastLike Dropout Relu LeakyRelu Sigmoid HardSigmoid Tanh Clip Elu Selu Celu Gelu FastGelu",
    same,
  ),
  ...each("HardSwish Mish Softplus Softsign Erf Exp Log Sqrt Neg Abs Floor Ceil Round Reciprocal Sign Not IsNaN", same),
  ...each("Softmax LogSoftmax Hardmax CumSum QuantizeLinear DequantizeLinear DynamicQuantizeLinear LRN", same),
  ...each("Normalizer LpNormalization MeanVarianceNormalization Sin Cos Swish QuickGelu ThresholdedRelu", same),
  ...each(
    "Add Sub Mul Div Pow Mod Min Max Sum Mean And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual",
    broadcast,
  ),
  ...each("Where PRelu BiasGelu", broadcast),
  ...each("Conv ConvInteger FusedConv", convolution(1)),
  ...each("QLinearConv", convolution(3)),
  ...each("ConvTranspose", transposedConvolution),
  ...each("MaxPool AveragePool LpPool", pool),
  ...each("MatMul MatMulInteger FusedMatMul DynamicQuantizeMatMul", matmul(1)),
  ...each("QLinearMatMul", matmul(3)),
  ...each("Gemm FusedGemm", gemm),
  ...each("BatchNormalization InstanceNormalization", perChannel(1)),
  ...each("LayerNormalization SimplifiedLayerNormalization RMSNormalization", perChannel(-1)),
  ...each("LSTM GRU RNN", recurrent),
  ...each("Transpose", transpose),
  ...each("Concat", concat),
  ...each("Flatten", flatten),
  ...each("Reshape", reshape),
  ...each("Unsqueeze", unsqueeze),
  ...each("Squeeze", squeeze),
  ...each("Gather", gather),
  ...each("ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2", reduce),
  ...each("Scaler Imputer TreeEnsembleClassifier TreeEnsembleRegressor", features),
  ...each("LinearClassifier LinearRegressor", linear),
]);
