import { TYPE } from "../model.ts";
import { broadcast } from "./broadcast.ts";
import { asStored, unknownOf } from "./folding.ts";
import { contentOf, type OperatorCall, type Rule, type Rules } from "./operator-call.ts";
import { literal, ONE, product } from "./size.ts";
import { type Layout, numbers, type Rows, unknown, type Value, withoutAxes } from "./value.ts";

/** Shape and place of the rows after a reduction. */
function reduced(call: OperatorCall, value: Rows, axes: readonly number[], keeps: boolean): Layout {
  call.keepOff(value, ...axes);
  if (!keeps) return withoutAxes(value, axes);
  return { dims: value.dims.map((dim, axis) => (axes.includes(axis) ? ONE : dim)), place: value.place };
}

/** Axes are an attribute, and an input since operator set 13 or 18. */
function reduce(rounds: boolean): Rule {
  return (call) => {
    const value = call.input(0);
    const keeps = call.int("keepdims", 1) === 1;
    const asked =
      call.inputs[1] === undefined
        ? call.ints("axes")
        : (call.numbers(1) ?? call.refuse("reduces axes that are not known"));
    if (value.kind !== "rows") return reduceNumbers(call, value, asked, keeps);
    call.onlyRowsIn(0);
    if (asked === undefined || asked.length === 0) {
      if (call.int("noop_with_empty_axes", 0) === 1) return call.sameShape(value, { rounds });
      return call.refuse("reduces all dimensions, the rows among them");
    }
    const axes = asked.map((axis) => call.axis(axis, value.dims.length));
    const { dims, place } = reduced(call, value, axes, keeps);
    return call.result([value], dims, place, { rounds });
  };
}

/** The product of a shape is how many elements there are. */
function reduceNumbers(
  call: OperatorCall,
  value: Exclude<Value, Rows>,
  axes: readonly number[] | undefined,
  keeps: boolean,
): Value {
  if (value.kind === "mixed" || value.dims === undefined) return unknown(value);
  const isWhole = axes === undefined || axes.length === 0;
  if (isWhole && call.int("noop_with_empty_axes", 0) === 1) return { ...unknown(value), type: value.type };
  const content = contentOf(value);
  const isList = value.dims.length === 1 && call.node.op === "ReduceProd";
  const sizes = content?.filter((element) => typeof element === "object");
  if (isList && content !== undefined && sizes?.length === content.length) {
    const total = asStored(product(...sizes), value.type) ?? unknownOf(content);
    return numbers([total], keeps ? [ONE] : [], value.type);
  }
  const gone = isWhole ? value.dims.map((_, axis) => axis) : axes.map((axis) => call.axis(axis, value.dims!.length));
  const dims = keeps
    ? value.dims.map((dim, axis) => (gone.includes(axis) ? ONE : dim))
    : value.dims.filter((_, axis) => !gone.includes(axis));
  return { ...unknown(value), type: value.type, dims };
}

const argument: Rule = (call) => {
  const value = call.rows(0);
  call.decide(value);
  const axis = call.axis(call.int("axis", 0), value.dims.length);
  const { dims, place } = reduced(call, value, [axis], call.int("keepdims", 1) === 1);
  return call.result([{ ...value, rounded: false }], dims, place, { type: TYPE.int64 });
};

/** Before operator set 13 all dimensions from `axis` on are one. */
function softmax(rounds: boolean): Rule {
  return (call) => {
    const value = call.rows(0);
    if (!rounds) call.decide(value);
    const rank = value.dims.length;
    const axis = call.axis(call.int("axis", call.opset < 13 ? 1 : -1), rank);
    call.keepOff(value, ...(call.opset < 13 ? from(axis, rank) : [axis]));
    // Before operator set 13, what comes before the axis was one dimension as well, which keeps rows apart.
    return call.sameShape(value, { rounds });
  };
}

function from(axis: number, rank: number): readonly number[] {
  return Array.from({ length: rank - axis }, (_, index) => axis + index);
}

/** Along the last dimensions, from `axis` on. Scale and bias may have any shape that broadcasts. */
const layerNormalization: Rule = (call) => {
  const value = call.rows(0);
  const axis = call.axis(call.int("axis", -1), value.dims.length);
  call.keepOff(value, ...from(axis, value.dims.length));
  const { rows } = broadcast(call, call.given);
  const statistics = value.dims.map((dim, index) => (index >= axis ? ONE : dim));
  const small = call.result([value], statistics, value.place, { rounds: true });
  return [call.result(rows, value.dims, value.place, { rounds: true }), small, small];
};

/** Of the sum of two inputs, along the last dimension. */
const skipLayerNormalization: Rule = (call) => {
  // Of a matrix the runtime takes no other shape for the second input than that of the first.
  if (call.rows(0).dims.length < 3) call.rows(1);
  const { dims, place, rows } = broadcast(call, call.given);
  if (place.axis === dims.length - 1) call.refuse("normalises along the rows");
  const first = call.rows(0);
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
  if (value.dims.length < 2) call.refuse("takes the rows for channels");
  return call.sameShape(value, { rounds: true });
};

const localResponse: Rule = (call) => call.sameShape(call.leading(0, 3), { rounds: true });

const meanVariance: Rule = (call) => {
  const value = call.rows(0);
  const axes = call.ints("axes") ?? [0, 2, 3];
  call.keepOff(value, ...axes.map((axis) => call.axis(axis, value.dims.length)));
  return call.sameShape(value, { rounds: true });
};

const alongAxis: Rule = (call) => {
  const value = call.onlyRows();
  call.innerAxis(value, call.int("axis", -1));
  return call.sameShape(value, { rounds: true });
};

const determinant: Rule = (call) => {
  const value = call.rows(0);
  const rank = value.dims.length;
  const { dims, place } = reduced(call, value, [rank - 2, rank - 1], false);
  return call.result([value], dims, place, { rounds: true });
};

const inverse: Rule = (call) => {
  const value = call.rows(0);
  call.keepOff(value, value.dims.length - 2, value.dims.length - 1);
  return call.sameShape(value, { rounds: true });
};

const fourier: Rule = (call) => {
  const value = call.onlyRows();
  const asked = call.opset < 20 ? call.int("axis", 1) : call.inputs[2] === undefined ? -2 : call.numbers(2)?.[0];
  if (asked === undefined) return call.refuse("transforms an axis that is not known");
  const axis = call.axis(asked, value.dims.length);
  const last = value.dims.length - 1;
  call.keepOff(value, axis, last);
  const dims = value.dims.with(axis, call.fresh()).with(last, call.fresh());
  return call.result([value], dims, value.place, { rounds: true });
};

const shortTimeFourier: Rule = (call) => {
  const value = call.onlyLeading(2);
  return call.result([value], [value.dims[0]!, call.fresh(), call.fresh(), literal(2)], value.place, { rounds: true });
};

/** The loss of each row, where they are not added up. */
const loss: Rule = (call) => {
  const [scores, labels] = [call.leading(0, 2), call.leading(1)];
  call.onlyRowsIn(0, 1);
  if (call.text("reduction", "mean") !== "none") call.refuse("adds up the losses of all rows");
  const each = call.result([scores], labels.dims, labels.place, { rounds: true });
  return [each, call.sameShape(scores, { rounds: true })];
};

const ROUNDING = [
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSum",
  "ReduceLogSumExp",
  "ReduceMean",
  "ReduceProd",
  "ReduceSum",
  "ReduceSumSquare",
];

/** Sums along an axis, one after another. */
const cumulative: Rule = (call) => {
  const value = call.onlyRows();
  const axis = call.numbers(1)?.[0] ?? call.refuse("adds up along an axis that is not known");
  call.innerAxis(value, axis);
  return call.sameShape(value, { rounds: true });
};

export const REDUCTIONS: Rules = {
  ...Object.fromEntries(ROUNDING.map((operator) => [operator, reduce(true)])),
  ReduceMax: reduce(false),
  ReduceMin: reduce(false),
  CumSum: cumulative,
  CumProd: cumulative,
  ArgMax: argument,
  ArgMin: argument,
  Softmax: softmax(true),
  LogSoftmax: softmax(true),
  Hardmax: softmax(false),
  LayerNormalization: layerNormalization,
  RMSNormalization: layerNormalization,
  SimplifiedLayerNormalization: layerNormalization,
  "com.microsoft:SimplifiedLayerNormalization": layerNormalization,
  "com.microsoft:SkipLayerNormalization": skipLayerNormalization,
  "com.microsoft:SkipSimplifiedLayerNormalization": skipLayerNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: instanceNormalization,
  BatchNormalization: batchNormalization,
  LRN: localResponse,
  MeanVarianceNormalization: meanVariance,
  LpNormalization: alongAxis,
  Det: determinant,
  "com.microsoft:Inverse": inverse,
  DFT: fourier,
  STFT: shortTimeFourier,
  NegativeLogLikelihoodLoss: loss,
  SoftmaxCrossEntropyLoss: loss,
};
