import { isCoarseFloat, mayBeFloat, TYPE } from "../model.ts";
import { aligned, broadcast, broadcastSize } from "./broadcast.ts";
import {
  castFold,
  chooseFold,
  divide,
  equalFold,
  type Fold,
  foldNumbersOnly,
  foldSizes,
  multiply,
  sum,
  unknownOf,
  wholeFold,
} from "./folding.ts";
import { type OperatorCall, type Rule, type Rules, rulesFor } from "./operator-call.ts";
import { isOne } from "./size.ts";
import {
  contentOf,
  type Input,
  isLength,
  isWhole,
  mixed,
  numbers,
  type Plain,
  type Rows,
  typeOf,
  type Value,
} from "./value.ts";

interface Elementwise {
  /** Last bits depend on the position of an element in the tensor, or on the number of elements. */
  readonly rounds?: boolean;
  /** Not continuous: a small difference of an input may become a large one of the output. */
  readonly decides?: boolean;
  /** Of the output; default: the first input's. */
  readonly type?: number;
  /** The result for elements that are known. */
  readonly fold?: Fold;
}

/** Every input may have any shape that broadcasts, and every element is computed independently. */
export function elementwise(setting: Elementwise = {}): Rule {
  return (call) => applyElementwise(call, call.given, setting);
}

function applyElementwise(call: OperatorCall, values: readonly Input[], setting: Elementwise = {}): Value {
  const { rounds, decides, type = typeOf(values[0]), fold } = setting;
  const plain = values.filter((value) => value.kind !== "rows");
  if (plain.length === values.length) return foldNumbers(call, plain, type, fold);
  if (decides) call.decide(...values);
  const { dims, place, rows } = broadcast(call, values);
  return call.result(rows, dims, place, { rounds: rounds === true, type });
}

/** Values without rows: sizes, and numbers computed from them. */
function foldNumbers(call: OperatorCall, values: readonly Plain[], type: number, fold: Fold = unknownOf): Value {
  const contents = values.map(contentOf);
  const shapes = values.flatMap(({ dims }) => (dims === undefined ? [] : [dims]));
  const isShaped = shapes.length === values.length;
  const dims = isShaped ? aligned(shapes).map((sizes) => broadcastSize(call, sizes)) : undefined;
  const length = contents.reduce((most, content) => Math.max(most, content?.length ?? 0), 0);
  const fits = contents.every((content) => content?.length === length || content?.length === 1);
  if (dims === undefined || dims.length > 1 || !fits || !isLength(length))
    return { kind: values.some(({ kind }) => kind === "counted") ? "counted" : "fixed", dims, type };
  const elementsAt = (index: number) => contents.map((content) => content![index] ?? content![0]!);
  const folded = Array.from({ length }, (_, index) => fold(elementsAt(index), type));
  return numbers(folded, dims, type);
}

const where: Rule = (call) => {
  const values = [call.input(0), call.input(1), call.input(2)];
  return applyElementwise(call, values, { type: typeOf(values[1]), fold: chooseFold });
};

const cast: Rule = (call) => castTo(call, call.int("to", 0));

const castLike: Rule = (call) => castTo(call, typeOf(call.input(1)));

function castTo(call: OperatorCall, type: number): Value {
  const value = call.input(0);
  const jumps =
    value.kind === "rows" && mayBeFloat(value.type) && (type === 0 || !mayBeFloat(type) || isCoarseFloat(type));
  if (jumps) call.decide(value);
  // Seen with ONNX Runtime 1.32 on x86-64: 0 for one row and 2147483648 for several.
  if (jumps && type === TYPE.uint32) call.refuse("converts out-of-range floats differently for one row and for many");
  return applyElementwise(call, [value], { type, fold: castFold });
}

/** The scale has one element, or one for each index of `axis`. */
const dequantize: Rule = (call) => scaled(call, call.int("output_dtype", 0) || typeOf(call.inputs[1]));

const quantize: Rule = (call) => {
  call.decide(call.inputs[0], call.inputs[1]);
  const zeroPoint = call.inputs[2];
  const asked = call.int("output_dtype", 0);
  return scaled(call, zeroPoint === undefined ? asked || TYPE.uint8 : typeOf(zeroPoint));
};

function scaled(call: OperatorCall, type: number): Value {
  const value = call.input(0);
  if (value.kind !== "rows") {
    call.onlyRowsIn();
    return { kind: "fixed", dims: value.kind === "fixed" ? value.dims : undefined, type };
  }
  const scale = call.input(1);
  if (scale.kind === "rows") return scaledByRow(call, value, type);
  call.onlyRowsIn(0);
  const dims = scale.kind === "fixed" ? scale.dims : undefined;
  if (dims?.every(isOne) !== true) {
    if (dims?.length !== 1) call.refuse("has scales by block");
    call.innerAxis(value, call.int("axis", 1));
  }
  return call.sameShape(value, { type });
}

/** A scale for each row, and a zero point unless it is left out. */
function scaledByRow(call: OperatorCall, value: Rows, type: number): Value {
  const own = call.leadingOf(1, 2);
  const axis = call.axis(call.int("axis", 1), value.dims.length);
  const fits = own.every(({ dims }) => dims.length === 1) && axis === value.place.axis && isWhole(value.place);
  if (!fits) call.refuse("has scales that depend on the rows");
  return call.result([value, ...own], value.dims, value.place, { type });
}

const dropout: Rule = (call) => {
  const training = call.numbers(2)?.[0];
  const isTraining = call.inputs[2] !== undefined && training !== 0;
  if (isTraining || (call.opset < 7 && call.int("is_test", 0) === 0)) {
    const random = mixed(`${call.name} drops values at random`);
    return [random, random];
  }
  const value = call.input(0);
  call.onlyRowsIn(0);
  return value.kind === "rows"
    ? [value, { ...value, type: TYPE.bool, rounded: false }]
    : [value, { ...value, content: undefined }];
};

/** All inputs but the first are the same in every run. */
function withFixedOptions(setting?: Elementwise): Rule {
  return (call) => {
    call.onlyRowsIn(0);
    return applyElementwise(call, call.given, setting);
  };
}

/** Reads the same bits as another type of the same width. */
const bitCast: Rule = (call) => {
  call.decide(call.input(0));
  return applyElementwise(call, [call.input(0)], { type: call.int("to", 0) });
};

/** exp(x) - 1 near 0 keeps few correct digits, and which ones depends on the instructions used. */
const cancelling: Rule = (call) => {
  const value = call.input(0);
  if (value.kind === "rows" && mayBeFloat(value.type))
    call.refuse("loses digits of small values, and which digits depends on the number of rows");
  return value;
};

function compare(compares: (a: number, b: number) => boolean): Rule {
  return elementwise({ decides: true, type: TYPE.bool, fold: foldNumbersOnly(compares) });
}

const EXACT =
  "Abs LeakyRelu Neg PRelu Reciprocal Relu Sqrt Sum Mean StringConcat " +
  "And BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Or Xor";
const ROUNDING =
  "Acos Acosh Asin Asinh Atan Atanh Cos Cosh Erf Exp Gelu HardSigmoid HardSwish Log Mish Pow Sigmoid Sin Sinh Softplus " +
  "Softsign Swish Tan Tanh Affine ParametricSoftplus ScaledTanh Scale";

export const ELEMENTWISE: Rules = {
  ...rulesFor(EXACT, elementwise()),
  ...rulesFor(ROUNDING, elementwise({ rounds: true })),
  ...rulesFor("BiasGelu FastGelu Gelu QuickGelu", elementwise({ rounds: true }), "com.microsoft:"),
  ...rulesFor("Mod Round Shrink Sign ThresholdedRelu", elementwise({ decides: true })),
  ...rulesFor("IsInf IsNaN", elementwise({ decides: true, type: TYPE.bool })),
  Add: elementwise({ fold: foldSizes(([a, b]) => sum(a!, b!, 1)) }),
  Sub: elementwise({ fold: foldSizes(([a, b]) => sum(a!, b!, -1)) }),
  Mul: elementwise({ fold: foldSizes(multiply) }),
  Div: elementwise({ fold: foldSizes(([a, b], type) => divide(a!, b!, type)) }),
  Max: elementwise({ fold: foldNumbersOnly(Math.max) }),
  Min: elementwise({ fold: foldNumbersOnly(Math.min) }),
  Not: elementwise({ type: TYPE.bool, fold: foldNumbersOnly((value) => value === 0) }),
  Floor: elementwise({ decides: true, fold: wholeFold(Math.floor) }),
  Ceil: elementwise({ decides: true, fold: wholeFold(Math.ceil) }),
  Equal: elementwise({ decides: true, type: TYPE.bool, fold: equalFold }),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  Identity: (call) => call.input(0),
  Where: where,
  Cast: cast,
  CastLike: castLike,
  Clip: withFixedOptions(),
  Dropout: dropout,
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  "com.microsoft:QuantizeLinear": quantize,
  "com.microsoft:DequantizeLinear": dequantize,
  ...rulesFor("Celu Elu Selu", cancelling),
  BitCast: bitCast,
  "com.microsoft:MurmurHash3": elementwise({ decides: true, type: TYPE.int32 }),
  RegexFullMatch: elementwise({ type: TYPE.bool }),
  "ai.onnx.ml:Binarizer": withFixedOptions({ decides: true }),
  "ai.onnx.ml:CategoryMapper": elementwise({ type: 0 }),
  "ai.onnx.ml:LabelEncoder": elementwise({ decides: true, type: 0 }),
};
