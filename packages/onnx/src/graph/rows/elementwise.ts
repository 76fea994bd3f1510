import { isCoarseFloat, mayBeFloat, TYPE } from "../model.ts";
import { aligned, broadcast, broadcastSize } from "./broadcast.ts";
import {
  castFold,
  chooseFold,
  divide,
  type Fold,
  foldNumbersOnly,
  foldSizes,
  isEqual,
  multiply,
  sum,
  unknownOf,
  wholeFold,
} from "./folding.ts";
import { contentOf, isLength, type OperatorCall, type Rule, type Rules } from "./operator-call.ts";
import { isOne, literal } from "./size.ts";
import { isWhole, mixed, numbers, type Rows, typeOf, type Value } from "./value.ts";

interface Elementwise {
  /** Last bits depend on where in the tensor an element stands, or on how many there are. */
  readonly rounds?: boolean;
  /** Not continuous: a small difference of an input may become a large one of the output. */
  readonly decides?: boolean;
  /** Of the output; default: the first input's. */
  readonly type?: number;
  /** What it makes of elements that are known. */
  readonly fold?: Fold;
}

/** Every input may have any shape that broadcasts, and every element is computed by itself. */
export function elementwise(setting: Elementwise = {}): Rule {
  return (call) => applyElementwise(call, call.given, setting);
}

export function applyElementwise(call: OperatorCall, values: readonly Value[], setting: Elementwise = {}): Value {
  const type = setting.type ?? typeOf(values[0]);
  if (!values.some(({ kind }) => kind === "rows")) return foldNumbers(call, values, type, setting.fold);
  if (setting.decides) call.decide(...values);
  const { dims, place, rows } = broadcast(call, values);
  return call.result(rows, dims, place, { rounds: setting.rounds === true, type });
}

/** Values without rows: sizes, and numbers made of them. */
function foldNumbers(
  call: OperatorCall,
  values: readonly Value[],
  type: number,
  fold: Elementwise["fold"] = unknownOf,
): Value {
  const known = values.map((value) => {
    if (value.kind === "mixed" || value.kind === "rows") return call.refuse("has no numbers");
    return value;
  });
  const contents = known.map(contentOf);
  const shapes = known.flatMap(({ dims }) => (dims === undefined ? [] : [dims]));
  const isShaped = shapes.length === known.length;
  const dims = isShaped ? aligned(shapes).map((sizes) => broadcastSize(call, sizes)) : undefined;
  const isCounted = known.some(({ kind }) => kind === "counted");
  const length = contents.reduce((most, content) => Math.max(most, content?.length ?? 0), 0);
  const fits = contents.every((content) => content?.length === length || content?.length === 1);
  if (dims === undefined || dims.length > 1 || !fits || !isLength(length))
    return { kind: isCounted ? "counted" : "fixed", dims, type };
  const folded = Array.from({ length }, (_, index) =>
    fold(
      contents.map((content) => content![index] ?? content![0]!),
      type,
    ),
  );
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
  if (jumps && type === TYPE.uint32) call.refuse("makes whole numbers of what is out of their range in several ways");
  return applyElementwise(call, [value], { type, fold: castFold });
}

/** The scale is one, or one for each index of `axis`. */
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
  const isSingle = dims?.every(isOne) === true;
  if (!isSingle) {
    if (dims === undefined || dims.length !== 1) call.refuse("has scales by block");
    call.innerAxis(value, call.int("axis", 1));
  }
  return call.sameShape(value, { type });
}

/** A scale for each row, and a zero point where there is one. */
function scaledByRow(call: OperatorCall, value: Rows, type: number): Value {
  const own = [1, 2].filter((index) => call.inputs[index] !== undefined).map((index) => call.leading(index));
  const axis = call.axis(call.int("axis", 1), value.dims.length);
  const fits = own.every(({ dims }) => dims.length === 1) && axis === value.place.axis && isWhole(value.place);
  if (!fits) call.refuse("takes scales from the rows");
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
function withFixedOptions(setting: Elementwise = {}): Rule {
  return (call) => {
    call.onlyRowsIn(0);
    return applyElementwise(call, call.given, setting);
  };
}

function all(rule: Rule, ...operators: readonly string[]): Rules {
  return Object.fromEntries(operators.map((operator) => [operator, rule]));
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
    call.refuse("loses digits of small values, and which ones depends on the number of rows");
  return value;
};

const EXACT = ["Abs", "LeakyRelu", "Neg", "PRelu", "Reciprocal", "Relu", "Sqrt", "Sum", "Mean"];
const BITS = ["And", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Or", "Xor"];
const ROUNDING = [
  "Acos",
  "Acosh",
  "Asin",
  "Asinh",
  "Atan",
  "Atanh",
  "Cos",
  "Cosh",
  "Erf",
  "Exp",
  "Gelu",
  "HardSigmoid",
  "HardSwish",
  "Log",
  "Mish",
  "Pow",
  "Sigmoid",
  "Sin",
  "Sinh",
  "Softplus",
  "Softsign",
  "Swish",
  "Tan",
  "Tanh",
];
const CONTRIB_ROUNDING = ["BiasGelu", "FastGelu", "Gelu", "QuickGelu"];

export const ELEMENTWISE: Rules = {
  ...all(elementwise(), ...EXACT, ...BITS, "StringConcat"),
  ...all(elementwise({ rounds: true }), ...ROUNDING, ...CONTRIB_ROUNDING.map((name) => `com.microsoft:${name}`)),
  ...all(elementwise({ decides: true }), "Mod", "Shrink", "Sign", "ThresholdedRelu"),
  ...all(elementwise({ decides: true, type: TYPE.bool }), "IsInf", "IsNaN"),
  Add: elementwise({ fold: foldSizes(([a, b]) => sum(a!, b!, 1)) }),
  Sub: elementwise({ fold: foldSizes(([a, b]) => sum(a!, b!, -1)) }),
  Mul: elementwise({ fold: foldSizes(multiply) }),
  Div: elementwise({ fold: foldSizes(([a, b], type) => divide(a!, b!, type)) }),
  Max: elementwise({ fold: foldNumbersOnly(Math.max) }),
  Min: elementwise({ fold: foldNumbersOnly(Math.min) }),
  Not: elementwise({ type: TYPE.bool, fold: foldNumbersOnly((value) => value === 0) }),
  Floor: elementwise({ decides: true, fold: wholeFold(Math.floor) }),
  Ceil: elementwise({ decides: true, fold: wholeFold(Math.ceil) }),
  Round: elementwise({ decides: true }),
  Equal: elementwise({
    decides: true,
    type: TYPE.bool,
    fold: foldSizes((sizes) => {
      const equal = isEqual(sizes);
      return equal === undefined ? undefined : literal(Number(equal));
    }),
  }),
  Less: elementwise({ decides: true, type: TYPE.bool, fold: foldNumbersOnly((a, b) => a! < b!) }),
  LessOrEqual: elementwise({ decides: true, type: TYPE.bool, fold: foldNumbersOnly((a, b) => a! <= b!) }),
  Greater: elementwise({ decides: true, type: TYPE.bool, fold: foldNumbersOnly((a, b) => a! > b!) }),
  GreaterOrEqual: elementwise({ decides: true, type: TYPE.bool, fold: foldNumbersOnly((a, b) => a! >= b!) }),
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
  ...all(cancelling, "Celu", "Elu", "Selu"),
  ...all(elementwise({ rounds: true }), "Affine", "ParametricSoftplus", "ScaledTanh", "Scale"),
  BitCast: bitCast,
  "com.microsoft:MurmurHash3": elementwise({ decides: true, type: TYPE.int32 }),
  RegexFullMatch: elementwise({ type: TYPE.bool }),
  "ai.onnx.ml:Binarizer": withFixedOptions({ decides: true }),
  "ai.onnx.ml:CategoryMapper": elementwise({ type: 0 }),
  "ai.onnx.ml:LabelEncoder": elementwise({ decides: true, type: 0 }),
};
