import { TYPE } from "../model.ts";
import { broadcast } from "./broadcast.ts";
import type { OperatorCall, Rule, Rules } from "./operator-call.ts";
import { literal, numberOf, ONE, type Size } from "./size.ts";
import { concatRows } from "./slice-concat.ts";
import { dimsOf, mixed, typeOf } from "./value.ts";

interface Convolution {
  /** Which input has the weights: [outputs, inputs, ...window]. */
  readonly weights: number;
  /** Inputs that have rows as well, along axis 0. */
  readonly beside?: readonly number[];
  readonly type?: number;
  /** Sums of whole numbers are the same in any order. */
  readonly exact?: boolean;
}

/** Pictures of each row with weights that are the same for all. */
function convolution({ weights, beside = [], type, exact = false }: Convolution): Rule {
  return (call) => {
    const value = call.leading(0, 3);
    call.onlyRowsIn(0, ...beside);
    // Laid out for each row: what is the same in every run is laid out for so many.
    const others = beside.filter((index) => call.inputs[index] !== undefined).map((index) => call.leading(index));
    const kernel = dimsOf(call.input(weights));
    const sides = slidSides(call, value.dims.slice(2), kernel?.slice(2));
    const dims = [value.dims[0]!, kernel?.[0] ?? call.fresh(), ...sides];
    return call.result([value, ...others], dims, value.place, { rounds: !exact, type });
  };
}

const convTranspose: Rule = (call) => {
  const value = call.onlyLeading(3);
  const kernel = dimsOf(call.input(1));
  const perGroup = numberOf(kernel?.[1]);
  const channels = perGroup === undefined ? call.fresh() : literal(perGroup * call.int("group", 1));
  return call.result([value], [value.dims[0]!, channels, ...value.dims.slice(2).map(() => call.fresh())], value.place, {
    rounds: true,
  });
};

const qLinearConv: Rule = (call) => {
  return convolution({ weights: 3, type: typeOf(call.input(7)), exact: true })(call);
};

/** How many places a window has along each side (onnx docs/Operators.md, Conv and MaxPool). */
function slidSides(call: OperatorCall, sides: readonly Size[], window: readonly Size[] | undefined): readonly Size[] {
  const kernel = call.ints("kernel_shape") ?? window?.map(numberOf);
  const padding = call.text("auto_pad", "NOTSET");
  const [strides, dilations] = [call.ints("strides"), call.ints("dilations")];
  const pads = padding === "NOTSET" ? call.ints("pads") : undefined;
  const isPlain = padding === "NOTSET" || padding === "VALID";
  return sides.map((side, index) => {
    const [length, width] = [numberOf(side), kernel?.[index]];
    if (length === undefined || width === undefined || !isPlain) return call.fresh();
    const added = (pads?.[index] ?? 0) + (pads?.[index + sides.length] ?? 0);
    const reach = (width - 1) * (dilations?.[index] ?? 1) + 1;
    const steps = (length + added - reach) / (strides?.[index] ?? 1);
    // Rounded up, a last window that begins in the padding is dropped, by rules that changed between versions.
    if (!Number.isInteger(steps) && call.int("ceil_mode", 0) === 1) return call.fresh();
    return literal(Math.max(0, Math.floor(steps) + 1));
  });
}

function pool(rounds: boolean): Rule {
  return (call) => {
    const value = call.onlyLeading(3);
    const dims = [value.dims[0]!, value.dims[1]!, ...slidSides(call, value.dims.slice(2), undefined)];
    const pooled = call.result([value], dims, value.place, { rounds });
    if (!call.node.outputs[1]) return pooled;
    return [pooled, mixed(`${call.name} counts its indices from the first row on`)];
  };
}

function globalPool(rounds: boolean): Rule {
  return (call) => {
    const value = call.onlyLeading(3);
    const isLast = call.int("channels_last", 0) === 1;
    const [rows, ...rest] = value.dims;
    const sides = rest.map((dim, index) => (index === (isLast ? rest.length - 1 : 0) ? dim : ONE));
    return call.result([value], [rows!, ...sides], value.place, { rounds });
  };
}

/** Quantised: each window is added up in whole numbers. */
const quantisedPool: Rule = (call) => {
  const value = call.onlyLeading(3);
  const isLast = call.int("channels_last", 0) === 1;
  const dims = value.dims.map((dim, axis) =>
    axis === 0 || axis === (isLast ? value.dims.length - 1 : 1) ? dim : call.fresh(),
  );
  return call.result([value], dims, value.place);
};

/** Scaled whole numbers, element by element. */
const quantisedBinary: Rule = (call) => {
  call.onlyRowsIn(0, 3);
  const { dims, place, rows } = broadcast(call, [call.input(0), call.input(3)]);
  return call.result(rows, dims, place, { type: rows[0]!.type });
};

const quantisedUnary: Rule = (call) => call.sameShape(call.onlyRows());

const quantisedSoftmax: Rule = (call) => {
  const value = call.onlyRows();
  const axis = call.axis(call.int("axis", -1), value.dims.length);
  const isFlat = call.int("opset", 13) < 13;
  call.keepOff(
    value,
    ...value.dims.map((_, index) => index).filter((index) => (isFlat ? index >= axis : index === axis)),
  );
  return call.sameShape(value);
};

const quantisedWhere: Rule = (call) => {
  call.onlyRowsIn(0, 1, 4);
  const { dims, place, rows } = broadcast(call, [call.input(0), call.input(1), call.input(4)]);
  return call.result(rows, dims, place, { type: typeOf(call.input(1)) });
};

/** A scale and zero point of the output, and then each input with its own. */
const quantisedConcat: Rule = (call) => {
  const values = call.inputs.flatMap((value, index) =>
    index >= 2 && index % 3 === 2 && value !== undefined ? [value] : [],
  );
  call.onlyRowsIn(...call.inputs.map((_, index) => index).filter((index) => index >= 2 && index % 3 === 2));
  return concatRows(
    call,
    values,
    values.filter((value) => value.kind === "rows"),
  );
};

export const CONVOLUTION: Rules = {
  Conv: convolution({ weights: 1 }),
  ConvInteger: convolution({ weights: 1, type: TYPE.int32, exact: true }),
  QLinearConv: qLinearConv,
  "com.microsoft:FusedConv": convolution({ weights: 1, beside: [3] }),
  DeformConv: convolution({ weights: 1, beside: [2, 4] }),
  ConvTranspose: convTranspose,
  MaxPool: pool(false),
  AveragePool: pool(true),
  LpPool: pool(true),
  GlobalAveragePool: globalPool(true),
  GlobalLpPool: globalPool(true),
  GlobalMaxPool: globalPool(false),
  "com.microsoft:QLinearAveragePool": quantisedPool,
  "com.microsoft:QLinearGlobalAveragePool": globalPool(false),
  "com.microsoft:NhwcMaxPool": quantisedPool,
  "com.microsoft:QLinearConcat": quantisedConcat,
  "com.microsoft:QLinearAdd": quantisedBinary,
  "com.microsoft:QLinearMul": quantisedBinary,
  "com.microsoft:QLinearLeakyRelu": quantisedUnary,
  "com.microsoft:QLinearSigmoid": quantisedUnary,
  "com.microsoft:QLinearSoftmax": quantisedSoftmax,
  "com.microsoft:QLinearWhere": quantisedWhere,
};
