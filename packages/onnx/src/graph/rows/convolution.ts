import { TYPE } from "../model.ts";
import { broadcast } from "./broadcast.ts";
import { type OperatorCall, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import { literal, numberOf, ONE, type Size } from "./size.ts";
import { concatRows } from "./slice-concat.ts";
import { dimsOf, mixed, type Rows, typeOf } from "./value.ts";

interface Convolution {
  /** The input with the weights: [outputs, inputs, ...window]. */
  readonly weights: number;
  /** Other inputs that have rows, along axis 0. */
  readonly beside?: readonly number[];
  readonly type?: number;
  /** Sums of whole numbers are the same in any order. */
  readonly exact?: boolean;
}

/** One image per row, with the same weights for all rows. */
function convolution({ weights, beside = [], type, exact = false }: Convolution): Rule {
  return (call) => {
    const value = call.leading(0, 3);
    call.onlyRowsIn(0, ...beside);
    // These inputs have one part for each row: a value that is the same in every run has a fixed number of parts.
    const others = call.leadingOf(...beside);
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
  const channels = call.size(perGroup === undefined ? undefined : perGroup * call.int("group", 1));
  const sides = value.dims.slice(2).map(() => call.fresh());
  return call.resultOf(value, [value.dims[0]!, channels, ...sides], { rounds: true });
};

const qLinearConv: Rule = (call) => {
  return convolution({ weights: 3, type: typeOf(call.input(7)), exact: true })(call);
};

/** How many positions a window has along each side (onnx docs/Operators.md, Conv and MaxPool). */
function slidSides(call: OperatorCall, sides: readonly Size[], window?: readonly Size[]): readonly Size[] {
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
    const dims = [...value.dims.slice(0, 2), ...slidSides(call, value.dims.slice(2))];
    const pooled = call.resultOf(value, dims, { rounds });
    if (!call.node.outputs[1]) return pooled;
    return [pooled, mixed(`${call.name} counts its indices from the first row on`)];
  };
}

function globalPool(rounds: boolean): Rule {
  return (call) => pooledSides(call, rounds, () => ONE);
}

/** Quantised: each window is added up in whole numbers. */
const quantisedPool: Rule = (call) => pooledSides(call, false, () => call.fresh());

/** Rows and channels keep their sizes. */
function pooledSides(call: OperatorCall, rounds: boolean, sizeOfSide: () => Size): Rows {
  const value = call.onlyLeading(3);
  const channels = call.int("channels_last", 0) === 1 ? value.dims.length - 1 : 1;
  const dims = value.dims.map((dim, axis) => (axis === 0 || axis === channels ? dim : sizeOfSide()));
  return call.resultOf(value, dims, { rounds });
}

/** Scaled whole numbers, element by element. @param typed The input that has the type of the output. */
function quantisedElementwise(inputs: readonly number[], typed?: number): Rule {
  return (call) => {
    call.onlyRowsIn(...inputs);
    const values = inputs.map((index) => call.input(index));
    const { dims, place, rows } = broadcast(call, values);
    return call.result(rows, dims, place, { type: typeOf(typed === undefined ? rows[0] : call.input(typed)) });
  };
}

const quantisedUnary: Rule = (call) => call.sameShape(call.onlyRows());

const quantisedSoftmax: Rule = (call) => {
  const value = call.onlyRows();
  const axis = call.axis(call.int("axis", -1), value.dims.length);
  const isFlat = call.int("opset", 13) < 13;
  const axes = value.dims.map((_, index) => index).filter((index) => (isFlat ? index >= axis : index === axis));
  call.keepOff(value, ...axes);
  return call.sameShape(value);
};

/** A scale and zero point of the output, and then each input with its own. */
const quantisedConcat: Rule = (call) => {
  const indices = call.inputs.map((_, index) => index).filter((index) => index >= 2 && index % 3 === 2);
  const values = indices.flatMap((index) => call.inputs[index] ?? []);
  call.onlyRowsIn(...indices);
  return concatRows(call, values);
};

const MICROSOFT = "com.microsoft:";

export const CONVOLUTION: Rules = {
  Conv: convolution({ weights: 1 }),
  ConvInteger: convolution({ weights: 1, type: TYPE.int32, exact: true }),
  QLinearConv: qLinearConv,
  "com.microsoft:FusedConv": convolution({ weights: 1, beside: [3] }),
  DeformConv: convolution({ weights: 1, beside: [2, 4] }),
  ConvTranspose: convTranspose,
  MaxPool: pool(false),
  ...rulesFor("AveragePool LpPool", pool(true)),
  ...rulesFor("GlobalAveragePool GlobalLpPool", globalPool(true)),
  GlobalMaxPool: globalPool(false),
  ...rulesFor("QLinearAveragePool NhwcMaxPool", quantisedPool, MICROSOFT),
  "com.microsoft:QLinearGlobalAveragePool": globalPool(false),
  "com.microsoft:QLinearConcat": quantisedConcat,
  ...rulesFor("QLinearAdd QLinearMul", quantisedElementwise([0, 3]), MICROSOFT),
  ...rulesFor("QLinearLeakyRelu QLinearSigmoid", quantisedUnary, MICROSOFT),
  "com.microsoft:QLinearSoftmax": quantisedSoftmax,
  "com.microsoft:QLinearWhere": quantisedElementwise([0, 1, 4], 1),
};
