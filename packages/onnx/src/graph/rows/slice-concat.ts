import type { OperatorCall, Rule, Rules } from "./operator-call.ts";
import { type Element, isCounted, literal, numberOf, numbersOf, type Size, sameSize } from "./size.ts";
import {
  contentOf,
  type Input,
  isShaped,
  numbers,
  type Plain,
  samePlace,
  typeOf,
  unknown,
  type Value,
} from "./value.ts";

/** One slice of each axis: attributes before operator set 10, inputs since then. */
interface Cut {
  readonly axis: number;
  readonly start: Element;
  readonly end: Element;
  readonly step: Element;
}

/** Exporters write at least this for "to the end". Runs have fewer rows. */
const FAR = 10 ** 9;

const slice: Rule = (call) => {
  const value = call.input(0);
  if (!isShaped(value)) return unknown(value);
  const { dims } = value;
  const cuts = cutsOf(call, dims.length);
  if (value.kind !== "rows" && dims.length === 1 && cuts.length === 1) return sliceNumbers(call, value, cuts[0]!);
  const sliced = dims.map((dim, axis) => {
    const cut = cuts.find((one) => one.axis === axis);
    if (cut === undefined) return dim;
    if (value.kind !== "rows" || axis !== value.place.axis) return slicedSize(call, dim, cut);
    return takesAll(cut, dim) ? dim : call.refuse("takes some of the rows");
  });
  return call.reshaped(value, sliced);
};

function cutsOf(call: OperatorCall, rank: number): readonly Cut[] {
  const isOld = call.node.op === "Slice" && call.opset < 10;
  const read = (index: number, name: string): readonly Element[] =>
    (isOld ? call.ints(name)?.map(literal) : call.elements(index)) ?? call.refuse("slices at unknown positions");
  const [starts, ends] = [read(1, "starts"), read(2, "ends")];
  const axes = call.intsOrInput("axes", 3);
  const steps = isOld || call.inputs[4] === undefined ? undefined : call.elements(4);
  return starts.map((start, index) => ({
    axis: call.axis(axes?.[index] ?? index, rank),
    start,
    end: ends[index]!,
    step: steps === undefined ? literal(1) : (steps[index] ?? "fixed"),
  }));
}

function takesAll({ start, end, step }: Cut, dim: Size): boolean {
  const isWhole = (numberOf(end) ?? 0) >= FAR || sameSize(end, dim);
  return numberOf(start) === 0 && numberOf(step) === 1 && isWhole;
}

function slicedSize(call: OperatorCall, dim: Size, cut: Cut): Size {
  if ([cut.start, cut.end, cut.step].some(isCounted)) return call.refuse("slices at the number of rows");
  if (takesAll(cut, dim)) return dim;
  return call.size(rangeOf(numberOf(dim), cut)?.count);
}

/** The first position and the count, as the runtime computes them: a largest number means to the end in both directions. */
function rangeOf(length: number | undefined, cut: Cut): { first: number; count: number; step: number } | undefined {
  const [start, end, step] = [cut.start, cut.end, cut.step].map(numberOf);
  if (length === undefined || start === undefined || end === undefined || !step) return undefined;
  const place = (at: number, least: number, most: number): number =>
    Math.min(Math.max(at < 0 ? at + length : at, least), most);
  const isToTheEnd = end === 2 ** 31 - 1 || end >= 2 ** 63 - 1;
  const first = place(start, 0, step < 0 ? length - 1 : length);
  const last = isToTheEnd ? (step < 0 ? -1 : length) : place(end, step < 0 ? -1 : 0, length);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)), step };
}

function sliceNumbers(call: OperatorCall, value: Plain & { readonly dims: readonly Size[] }, cut: Cut): Value {
  const content = contentOf(value);
  const range = rangeOf(content?.length, cut);
  if (content === undefined || range === undefined)
    return call.reshaped(value, [slicedSize(call, value.dims[0]!, cut)]);
  const { first, count, step } = range;
  const taken = Array.from({ length: count }, (_, index) => content[first + index * step]!);
  return numbers(taken, [literal(taken.length)], value.type);
}

const concat: Rule = (call) => {
  const values = call.given;
  const plain = values.filter((value) => value.kind !== "rows");
  if (plain.length < values.length) return concatRows(call, values);
  const contents = plain.map(contentOf);
  const type = typeOf(plain[0]);
  const isList = plain.every(({ dims }) => dims?.length === 1);
  if (isList && contents.every((content) => content !== undefined)) {
    const elements = contents.flat();
    return numbers(elements, [literal(elements.length)], type);
  }
  const counted = plain.find(({ kind }) => kind !== "fixed") ?? plain[0]!;
  const shapes = plain.map(({ dims }) => dims);
  const dims = shapes.every((shape) => shape !== undefined) ? joinedDims(call, shapes, call.int("axis", 0)) : undefined;
  return { ...unknown(counted), type, dims };
};

function joinedDims(call: OperatorCall, shapes: readonly (readonly Size[])[], asked: number): readonly Size[] {
  const first = shapes[0]!;
  const axis = call.axis(asked, first.length);
  return first.map((_, index) => {
    const sizes = shapes.map((shape) => shape[index] ?? call.refuse("joins tensors of different ranks"));
    if (index === axis) return call.size(numbersOf(sizes)?.reduce((sum, size) => sum + size, 0));
    return sizes.find((size) => numberOf(size) !== undefined) ?? sizes[0]!;
  });
}

export function concatRows(call: OperatorCall, values: readonly Input[]): Value {
  const rows = values.filter((value) => value.kind === "rows");
  const [first] = rows;
  if (first === undefined) return call.refuse("does not have rows");
  const axis = call.innerAxis(first, call.int("axis", 1));
  const fits = rows.every(({ place, dims }) => samePlace(place, first.place) && dims.length === first.dims.length);
  if (rows.length < values.length || !fits)
    return call.refuse("joins rows with values that are not known to have the same rows");
  const shapes = rows.map(({ dims }) => dims);
  return call.result(rows, joinedDims(call, shapes, axis), first.place);
}

const split: Rule = (call) => {
  const value = call.input(0);
  const { outputs } = call.node;
  if (!isShaped(value)) return outputs.map(() => unknown(value));
  const { dims } = value;
  const axis = call.axis(call.int("axis", 0), dims.length);
  if (value.kind === "rows") call.keepOff(value, axis);
  if (!call.isFixed(1)) call.refuse("splits at the number of rows");
  const isInput = call.inputs[1] !== undefined;
  const sizes = isInput ? call.numbers(1) : (call.ints("split") ?? evenParts(numberOf(dims[axis]), outputs.length));
  const content = value.kind === "rows" ? undefined : contentOf(value);
  let start = 0;
  return outputs.map((_, index) => {
    const taken = sizes?.[index];
    const part = dims.with(axis, call.size(taken));
    if (value.kind === "rows") return call.resultOf(value, part);
    const elements = taken === undefined ? undefined : content?.slice(start, start + taken);
    start += taken ?? 0;
    return elements === undefined ? { ...unknown(value), dims: part } : numbers(elements, part, value.type);
  });
};

function evenParts(length: number | undefined, count: number): readonly number[] | undefined {
  if (length === undefined) return undefined;
  const part = Math.ceil(length / count);
  return Array.from({ length: count }, (_, index) => Math.max(0, Math.min(part, length - part * index)));
}

/** Before operator set 11 the numbers are an attribute. */
const pad: Rule = (call) =>
  padded(call, call.opset < 11 ? (call.ints("pads") ?? call.ints("paddings"))?.map(literal) : call.elements(1));

const padByInputs: Rule = (call) => padded(call, call.elements(1));

function padded(call: OperatorCall, pads: readonly Element[] | undefined): Value {
  const value = call.input(0);
  if (!isShaped(value)) return unknown(value);
  call.onlyRowsIn(0);
  const { dims } = value;
  const axes = call.inputs[3] === undefined ? dims.map((_, axis) => axis) : call.numbers(3);
  if (pads === undefined || axes === undefined || pads.length !== axes.length * 2) {
    return value.kind === "rows" ? call.refuse("pads by unknown numbers") : unknown(value);
  }
  const sizes = dims.map((dim, axis) => {
    const index = axes.findIndex((asked) => call.axis(asked, dims.length) === axis);
    if (index < 0) return dim;
    const around = [pads[index], pads[index + axes.length]];
    if (around.every((count) => numberOf(count) === 0)) return dim;
    if (value.kind === "rows") call.keepOff(value, axis);
    return call.size(numbersOf([dim, ...around])?.reduce((sum, size) => sum + size, 0));
  });
  return value.kind === "rows" ? call.resultOf(value, sizes) : { ...unknown(value), dims: sizes };
}

export const SLICE_CONCAT: Rules = {
  Slice: slice,
  DynamicSlice: slice,
  Concat: concat,
  Split: split,
  Pad: pad,
  "com.microsoft:Pad": padByInputs,
};
