import { TYPE } from "../model.ts";
import { broadcast } from "./broadcast.ts";
import { asStored, unknownOf } from "./folding.ts";
import { type OperatorCall, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import { isSize, literal, ONE, product, type Size } from "./size.ts";
import { contentOf, type Layout, numbers, type Plain, type Rows, unknown, type Value, withoutAxes } from "./value.ts";

/** Shape and place of the rows after a reduction. */
function reduced(call: OperatorCall, value: Rows, axes: readonly number[], keeps: boolean): Layout {
  call.keepOff(value, ...axes);
  return keeps ? { dims: toOnes(value.dims, axes), place: value.place } : withoutAxes(value, axes);
}

function toOnes(dims: readonly Size[], axes: readonly number[]): readonly Size[] {
  return dims.map((dim, axis) => (axes.includes(axis) ? ONE : dim));
}

/** Axes are an attribute, and an input since operator set 13 or 18. */
function reduce(rounds: boolean): Rule {
  return (call) => {
    const value = call.input(0);
    const keeps = call.int("keepdims", 1) === 1;
    const asked = call.intsOrInput("axes", 1) ?? [];
    if (value.kind !== "rows") return reduceNumbers(call, value, asked, keeps);
    call.onlyRowsIn(0);
    if (asked.length === 0) {
      if (call.int("noop_with_empty_axes", 0) === 1) return call.sameShape(value, { rounds });
      return call.refuse("reduces all dimensions, including the rows");
    }
    const axes = asked.map((axis) => call.axis(axis, value.dims.length));
    const { dims, place } = reduced(call, value, axes, keeps);
    return call.result([value], dims, place, { rounds });
  };
}

/** The product of a shape is the number of elements. */
function reduceNumbers(call: OperatorCall, value: Plain, axes: readonly number[], keeps: boolean): Value {
  const { dims, type } = value;
  if (dims === undefined) return unknown(value);
  const isWhole = axes.length === 0;
  if (isWhole && call.int("noop_with_empty_axes", 0) === 1) return { ...unknown(value), type };
  const content = contentOf(value);
  if (dims.length === 1 && call.node.op === "ReduceProd" && content?.every(isSize)) {
    const total = asStored(product(...content), type) ?? unknownOf(content);
    return numbers([total], keeps ? [ONE] : [], type);
  }
  const gone = isWhole ? dims.map((_, axis) => axis) : axes.map((axis) => call.axis(axis, dims.length));
  const left = keeps ? toOnes(dims, gone) : dims.filter((_, axis) => !gone.includes(axis));
  return { ...unknown(value), type, dims: left };
}

const argument: Rule = (call) => {
  const value = call.rows(0);
  call.decide(value);
  const axis = call.axis(call.int("axis", 0), value.dims.length);
  const { dims, place } = reduced(call, value, [axis], call.int("keepdims", 1) === 1);
  return call.result([{ ...value, rounded: false }], dims, place, { type: TYPE.int64 });
};

/** An operator on all rows that works along some axes, and keeps the shape. */
function along(axesOf: (call: OperatorCall, value: Rows) => readonly number[], rounds = true): Rule {
  return (call) => {
    const value = call.rows(0);
    call.keepOff(value, ...axesOf(call, value));
    return call.sameShape(value, { rounds });
  };
}

/** Before operator set 13 all dimensions from `axis` on are one. The dimensions before it are one too, which keeps rows apart. */
function softmaxAxes(call: OperatorCall, { dims }: Rows): readonly number[] {
  const axis = call.axis(call.int("axis", call.opset < 13 ? 1 : -1), dims.length);
  return call.opset < 13 ? from(axis, dims.length) : [axis];
}

const softmax = along(softmaxAxes);

const hardmax: Rule = (call) => {
  call.decide(call.rows(0));
  return along(softmaxAxes, false)(call);
};

function from(axis: number, rank: number): readonly number[] {
  return Array.from({ length: rank - axis }, (_, index) => axis + index);
}

/** Along the last dimensions, from `axis` on. Scale and bias may have any shape that broadcasts. */
const layerNormalization: Rule = (call) => {
  const value = call.rows(0);
  const axes = from(call.axis(call.int("axis", -1), value.dims.length), value.dims.length);
  call.keepOff(value, ...axes);
  const { rows } = broadcast(call, call.given);
  const small = call.resultOf(value, toOnes(value.dims, axes), { rounds: true });
  return [call.result(rows, value.dims, value.place, { rounds: true }), small, small];
};

/** Of the sum of two inputs, along the last dimension. */
const skipLayerNormalization: Rule = (call) => {
  const first = call.rows(0);
  // For a matrix, the runtime accepts a second input only in the shape of the first.
  if (first.dims.length < 3) call.rows(1);
  const { dims, place, rows } = broadcast(call, call.given);
  if (place.axis === dims.length - 1) call.refuse("normalises along the rows");
  const statistics = call.result(rows, dims.with(dims.length - 1, ONE), place, { rounds: true });
  const normal = call.result(rows, first.dims, place, { rounds: true });
  return [normal, statistics, statistics, call.result(rows, first.dims, place)];
};

/** For each row and channel, or group of channels. */
const instanceNormalization: Rule = (call) => call.sameShape(call.onlyLeading(3), { rounds: true });

const batchNormalization: Rule = (call) => {
  const value = call.onlyLeading();
  const isTraining =
    call.int("training_mode", 0) === 1 ||
    (call.opset < 7 && call.int("is_test", 0) === 0) ||
    call.node.outputs.slice(1).some((output) => output !== "");
  if (isTraining) call.refuse("takes mean and variance from all rows: it is in training mode");
  if (value.dims.length < 2) call.refuse("uses the rows as channels");
  return call.sameShape(value, { rounds: true });
};

const localResponse: Rule = (call) => call.sameShape(call.leading(0, 3), { rounds: true });

const meanVariance = along((call, { dims }) =>
  (call.ints("axes") ?? [0, 2, 3]).map((axis) => call.axis(axis, dims.length)),
);

const lpNormalization = along((call) => {
  const { dims } = call.onlyRows();
  return [call.axis(call.int("axis", -1), dims.length)];
});

const inverse = along((_, { dims }) => [dims.length - 2, dims.length - 1]);

/** Sums along an axis, one after another. */
const cumulative = along((call) => {
  const { dims } = call.onlyRows();
  const axis = call.numbers(1)?.[0] ?? call.refuse("adds up along an unknown axis");
  return [call.axis(axis, dims.length)];
});

const determinant: Rule = (call) => {
  const value = call.rows(0);
  const rank = value.dims.length;
  const { dims, place } = reduced(call, value, [rank - 2, rank - 1], false);
  return call.result([value], dims, place, { rounds: true });
};

const fourier: Rule = (call) => {
  const value = call.onlyRows();
  const asked = call.opset < 20 ? call.int("axis", 1) : call.inputs[2] === undefined ? -2 : call.numbers(2)?.[0];
  if (asked === undefined) return call.refuse("transforms an unknown axis");
  const axis = call.axis(asked, value.dims.length);
  const last = value.dims.length - 1;
  call.keepOff(value, axis, last);
  const dims = value.dims.with(axis, call.fresh()).with(last, call.fresh());
  return call.resultOf(value, dims, { rounds: true });
};

const shortTimeFourier: Rule = (call) => {
  const value = call.onlyLeading(2);
  return call.resultOf(value, [value.dims[0]!, call.fresh(), call.fresh(), literal(2)], { rounds: true });
};

/** The loss of each row, unless the losses are added up. */
const loss: Rule = (call) => {
  const [scores, labels] = [call.leading(0, 2), call.leading(1)];
  call.onlyRowsIn(0, 1);
  if (call.text("reduction", "mean") !== "none") call.refuse("adds up the losses of all rows");
  const each = call.result([scores], labels.dims, labels.place, { rounds: true });
  return [each, call.sameShape(scores, { rounds: true })];
};

const ROUNDING = "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMean ReduceProd ReduceSum ReduceSumSquare";

export const REDUCTIONS: Rules = {
  ...rulesFor(ROUNDING, reduce(true)),
  ...rulesFor("ReduceMax ReduceMin", reduce(false)),
  ...rulesFor("CumSum CumProd", cumulative),
  ...rulesFor("ArgMax ArgMin", argument),
  ...rulesFor("Softmax LogSoftmax", softmax),
  Hardmax: hardmax,
  ...rulesFor("LayerNormalization RMSNormalization SimplifiedLayerNormalization", layerNormalization),
  "com.microsoft:SimplifiedLayerNormalization": layerNormalization,
  ...rulesFor("SkipLayerNormalization SkipSimplifiedLayerNormalization", skipLayerNormalization, "com.microsoft:"),
  ...rulesFor("InstanceNormalization GroupNormalization", instanceNormalization),
  BatchNormalization: batchNormalization,
  LRN: localResponse,
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lpNormalization,
  Det: determinant,
  "com.microsoft:Inverse": inverse,
  DFT: fourier,
  STFT: shortTimeFourier,
  ...rulesFor("NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", loss),
};
