import { contentOf, type OperatorCall, type Rule, type Rules } from "./operator-call.ts";
import { literal, numberOf, type Size, sameSize } from "./size.ts";
import {
  dimsOf,
  type Element,
  isCounted,
  knownNumber,
  numbers,
  type Rows,
  samePlace,
  typeOf,
  unknown,
  type Value,
} from "./value.ts";

/** One slice of each axis: before operator set 10 in attributes, since then in inputs. */
interface Cut {
  readonly axis: number;
  readonly start: Element;
  readonly end: Element;
  readonly step: Element;
}

/** Exporters write at least this for "to the end". No run has as many rows. */
const FAR = 10 ** 9;

const slice: Rule = (call) => {
  const value = call.input(0);
  if (value.kind === "mixed" || value.dims === undefined) return unknown(value);
  const { dims } = value;
  const cuts = cutsOf(call, dims.length);
  if (value.kind !== "rows" && dims.length === 1 && cuts.length === 1) return sliceNumbers(call, value, cuts[0]!);
  const sliced = dims.map((dim, axis) => {
    const cut = cuts.find((one) => one.axis === axis);
    if (cut === undefined) return dim;
    if (value.kind === "rows" && axis === value.place.axis)
      return takesAll(cut, dim) ? dim : call.refuse("takes some of the rows");
    if ([cut.start, cut.end, cut.step].some(isCounted)) return call.refuse("cuts at the number of rows");
    return slicedSize(call, dim, cut);
  });
  return value.kind === "rows"
    ? call.result([value], sliced, value.place)
    : { ...value, content: undefined, dims: sliced };
};

function cutsOf(call: OperatorCall, rank: number): readonly Cut[] {
  const isOld = call.node.op === "Slice" && call.opset < 10;
  const read = (index: number, name: string): readonly Element[] | undefined =>
    isOld ? call.ints(name)?.map(literal) : call.elements(index);
  const starts = read(1, "starts") ?? call.refuse("cuts at places that are not known");
  const ends = read(2, "ends") ?? call.refuse("cuts at places that are not known");
  const axes = isOld
    ? call.ints("axes")
    : call.inputs[3] === undefined
      ? undefined
      : (call.numbers(3) ?? call.refuse("cuts axes that are not known"));
  const steps = isOld || call.inputs[4] === undefined ? undefined : call.elements(4);
  return starts.map((start, index) => ({
    axis: call.axis(axes?.[index] ?? index, rank),
    start,
    end: ends[index]!,
    step: steps === undefined ? literal(1) : (steps[index] ?? "fixed"),
  }));
}

function takesAll({ start, end, step }: Cut, dim: Size): boolean {
  const isWhole = (knownNumber(end) ?? 0) >= FAR || (typeof end === "object" && sameSize(end, dim));
  return knownNumber(start) === 0 && knownNumber(step) === 1 && isWhole;
}

function slicedSize(call: OperatorCall, dim: Size, cut: Cut): Size {
  if (takesAll(cut, dim)) return dim;
  const [length, start, end, step] = [numberOf(dim), ...[cut.start, cut.end, cut.step].map(knownNumber)];
  if (length === undefined || start === undefined || end === undefined || !step) return call.fresh();
  return literal(rangeOf(length, start, end, step).count);
}

/** The first place and how many, as the runtime takes them: a largest number means to the end in both directions. */
function rangeOf(length: number, start: number, end: number, step: number): { first: number; count: number } {
  const place = (at: number, least: number, most: number): number =>
    Math.min(Math.max(at < 0 ? at + length : at, least), most);
  const isToTheEnd = end === 2 ** 31 - 1 || end >= 2 ** 63 - 1;
  const first = place(start, 0, step < 0 ? length - 1 : length);
  const last = isToTheEnd ? (step < 0 ? -1 : length) : place(end, step < 0 ? -1 : 0, length);
  return { first, count: Math.max(0, Math.ceil((last - first) / step)) };
}

function sliceNumbers(call: OperatorCall, value: Extract<Value, { kind: "fixed" | "counted" }>, cut: Cut): Value {
  const content = contentOf(value);
  const [start, end, step] = [cut.start, cut.end, cut.step].map(knownNumber);
  if (content !== undefined && start !== undefined && end !== undefined && step) {
    const { first, count } = rangeOf(content.length, start, end, step);
    const taken = Array.from({ length: count }, (_, index) => content[first + index * step]!);
    return numbers(taken, [literal(taken.length)], value.type);
  }
  if ([cut.start, cut.end, cut.step].some(isCounted)) return call.refuse("cuts at the number of rows");
  return { ...value, content: undefined, dims: [slicedSize(call, value.dims![0]!, cut)] };
}

const concat: Rule = (call) => {
  const values = call.given;
  const rows = values.filter((value) => value.kind === "rows");
  if (rows.length > 0) return concatRows(call, values, rows);
  const plain = values as readonly Exclude<Value, Rows>[];
  const contents = plain.map(contentOf);
  const type = typeOf(plain[0]);
  const isList = plain.every((value) => dimsOf(value)?.length === 1);
  if (isList && contents.every((content) => content !== undefined)) {
    const elements = contents.flat() as Element[];
    return numbers(elements, [literal(elements.length)], type);
  }
  const counted = plain.find(({ kind }) => kind !== "fixed") ?? plain[0]!;
  const shapes = plain.map(dimsOf);
  const dims = shapes.every((shape) => shape !== undefined) ? joinedDims(call, shapes, call.int("axis", 0)) : undefined;
  return { ...unknown(counted), type, dims };
};

function joinedDims(call: OperatorCall, shapes: readonly (readonly Size[])[], asked: number): readonly Size[] {
  const first = shapes[0]!;
  const axis = call.axis(asked, first.length);
  return first.map((_, index) => {
    const sizes = shapes.map((shape) => shape[index] ?? call.refuse("joins tensors of different ranks"));
    if (index !== axis) return sizes.find((size) => numberOf(size) !== undefined) ?? sizes[0]!;
    return total(call, sizes);
  });
}

function total(call: OperatorCall, sizes: readonly Size[]): Size {
  const known = sizes.map(numberOf);
  const isKnown = known.every((size) => size !== undefined);
  return isKnown ? literal((known as number[]).reduce((sum, size) => sum + size, 0)) : call.fresh();
}

export function concatRows(call: OperatorCall, values: readonly Value[], rows: readonly Rows[]): Value {
  const [first] = rows as [Rows];
  const axis = call.axis(call.int("axis", 1), first.dims.length);
  call.keepOff(first, axis);
  const fits = rows.every(({ place, dims }) => samePlace(place, first.place) && dims.length === first.dims.length);
  if (rows.length < values.length || !fits)
    return call.refuse("joins rows with what is not known to have the same rows");
  return call.result(
    rows,
    joinedDims(
      call,
      rows.map(({ dims }) => dims),
      axis,
    ),
    first.place,
  );
}

const split: Rule = (call) => {
  const value = call.input(0);
  const count = call.node.outputs.length;
  if (value.kind === "mixed" || value.dims === undefined) return call.node.outputs.map(() => unknown(value));
  const axis = call.axis(call.int("axis", 0), value.dims.length);
  if (value.kind === "rows") call.keepOff(value, axis);
  if (call.inputs[1] !== undefined && call.inputs[1].kind !== "fixed") call.refuse("splits at the number of rows");
  const asked = call.inputs[1] === undefined ? call.ints("split") : call.numbers(1);
  const length = numberOf(value.dims[axis]);
  const part = length === undefined ? undefined : Math.ceil(length / count);
  const isEven = asked === undefined && call.inputs[1] === undefined && part !== undefined;
  const sizes = isEven
    ? call.node.outputs.map((_, index) => Math.max(0, Math.min(part, length! - part * index)))
    : asked;
  const content = value.kind === "rows" ? undefined : contentOf(value);
  let start = 0;
  return call.node.outputs.map((_, index) => {
    const taken = sizes?.[index];
    const dims = value.dims!.with(axis, call.size(taken));
    if (value.kind === "rows") return call.result([value], dims, value.place);
    const elements = taken === undefined ? undefined : content?.slice(start, start + taken);
    start += taken ?? 0;
    return elements === undefined ? { ...unknown(value), dims } : numbers(elements, dims, value.type);
  });
};

/** Before operator set 11 the numbers are an attribute. */
const pad: Rule = (call) =>
  padded(call, call.opset < 11 ? (call.ints("pads") ?? call.ints("paddings"))?.map(literal) : call.elements(1));

const padByInputs: Rule = (call) => padded(call, call.elements(1));

function padded(call: OperatorCall, pads: readonly Element[] | undefined): Value {
  const value = call.input(0);
  if (value.kind === "mixed" || value.dims === undefined) return unknown(value);
  call.onlyRowsIn(0);
  const { dims } = value;
  const axes = call.inputs[3] === undefined ? dims.map((_, axis) => axis) : call.numbers(3);
  if (pads === undefined || axes === undefined || pads.length !== axes.length * 2) {
    return value.kind === "rows" ? call.refuse("pads by numbers that are not known") : unknown(value);
  }
  const sizes = dims.map((dim, axis) => {
    const index = axes.findIndex((asked) => call.axis(asked, dims.length) === axis);
    if (index < 0) return dim;
    const [before, after] = [knownNumber(pads[index]!), knownNumber(pads[index + axes.length]!)];
    if (before === 0 && after === 0) return dim;
    if (value.kind === "rows") call.keepOff(value, axis);
    const length = numberOf(dim);
    return before === undefined || after === undefined || length === undefined
      ? call.fresh()
      : literal(before + length + after);
  });
  return value.kind === "rows" ? call.result([value], sizes, value.place) : { ...unknown(value), dims: sizes };
}

export const SLICE_CONCAT: Rules = {
  Slice: slice,
  DynamicSlice: slice,
  Concat: concat,
  Split: split,
  Pad: pad,
  "com.microsoft:Pad": padByInputs,
};
