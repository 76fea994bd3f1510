import type { Feeds } from "../feeds.ts";
import type { OnnxValueInfo } from "../metadata.ts";
import { fillWith, uniform } from "../tensor/random-tensor.ts";
import { elementCount, Tensor } from "../tensor/tensor.ts";
import { ARRAY_OF, isFloat, isInteger64, type NumericTensorType, type TensorType } from "../tensor/types.ts";
import { type Hints, keyOf } from "./read-hints.ts";

/** Elements of all inputs together: 64 MiB of floats. */
const MOST_ELEMENTS = 2 ** 24;

/** One way to make up inputs for a graph. */
export interface Attempt {
  /** The size of the leading dimension, where it may have any. */
  readonly batch: number;
  /** The size of other dimensions of any size that the graph does not restrict. */
  readonly open: number;
  /** Whether to prefer the sizes that the graph suggests to `open`. */
  readonly suggested: boolean;
  /** Whether only dimensions of the first input are `open`. Further inputs may be states, which have a batch too. */
  readonly firstOnly?: boolean;
  /** Integers and floats that the graph does not restrict. A seed gives random floats from -1 to 1, integers 0 or 1, and words. */
  readonly values: { readonly int: number; readonly float: number } | { readonly seed: number };
}

/** Inputs that fit the graph's types and shapes; `undefined` if they would be too large. Equal for equal arguments. */
export function madeUpFeeds(inputs: readonly OnnxValueInfo[], hints: Hints, attempt: Attempt): Feeds | undefined {
  const sizeOf = sizesFor(inputs, hints, attempt);
  const shapes = inputs.map((input) => dimsOf(input, sizeOf));
  if (shapes.reduce((total, dims) => total + elementCount(dims), 0) > MOST_ELEMENTS) return undefined;
  const entries = inputs.map(({ name, type }, index) => {
    const next = elementsOf(type, attempt, hints.roles.of(name));
    return [name, next === undefined ? zeros(type, shapes[index]!) : fillWith(type, shapes[index]!, next)] as const;
  });
  return Object.fromEntries(entries);
}

function dimsOf({ name, shape }: OnnxValueInfo, sizeOf: (key: string) => number): readonly number[] {
  return shape.map((dim, axis) => {
    if (typeof dim === "number") return dim;
    const key = keyOf(name, dim, axis);
    const size = SUM.test(key) ? evaluate(key, sizeOf) : sizeOf(key);
    // A graph may compute its sizes from a stride of 0, or divide by one.
    return Number.isSafeInteger(size) ? size : 1;
  });
}

/** The sizes of dimensions by their keys. */
function sizesFor(inputs: readonly OnnxValueInfo[], hints: Hints, attempt: Attempt): (key: string) => number {
  const { batch, open, suggested, firstOnly = false } = attempt;
  const leading = new Set<string | undefined>(inputs.flatMap((input) => keysOf(input).slice(0, 1)));
  const first = inputs[0] === undefined ? [] : keysOf(inputs[0]);
  return (key) => {
    const isBatch = leading.has(key) || BATCH.test(key) || (firstOnly && !first.includes(key));
    return PAST.test(key) ? 0 : hints.required.sizeOf(key, isBatch ? batch : open, suggested);
  };
}

/** By axis; `undefined` for a dimension of one size. */
function keysOf({ name, shape }: OnnxValueInfo): readonly (string | undefined)[] {
  return shape.map((dim, axis) => (typeof dim === "string" ? keyOf(name, dim, axis) : undefined));
}

/** Names that exporters give to a batch in another place than the first. */
const BATCH = /^(?:b|n|bs|batch.*)$/i;
/** Names of the earlier tokens in the cache of a language model, which starts empty. */
const PAST = /^past/i;
/** A dimension that follows from others, such as `past_sequence_length + sequence_length`. */
const SUM = /^[\w.]+(?:\s*[-+*/]\s*[\w.]+)+$/;

/** Products before sums. */
function evaluate(text: string, sizeOf: (name: string) => number): number {
  const value = (name: string): number => (/^\d+$/.test(name) ? Number(name) : sizeOf(name));
  return Math.max(
    0,
    fold(text, /([-+])/, (term) => fold(term, /([*/])/, value)),
  );
}

function fold(text: string, operator: RegExp, toValue: (part: string) => number): number {
  const [first = "", ...rest] = text.split(operator).map((part) => part.trim());
  let total = toValue(first);
  for (let at = 0; at < rest.length; at += 2) {
    const value = toValue(rest[at + 1]!);
    if (rest[at] === "+") total += value;
    else if (rest[at] === "-") total -= value;
    else total = rest[at] === "*" ? total * value : Math.floor(total / value);
  }
  return total;
}

/** A constant that an integer is compared with may be a fraction. */
function toBigInt(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

const WORDS = ["a", "to", "one", "word", "other"];

/** `undefined` for zeros, which need not be written: an image has millions. */
function elementsOf(
  type: TensorType,
  { values }: Attempt,
  role: ((index: number) => number) | undefined,
): (() => unknown) | undefined {
  let index = 0;
  const random = "seed" in values ? uniform(values.seed) : undefined;
  if (type === "string") return () => (random === undefined ? "" : WORDS[Math.floor(random() * WORDS.length)]);
  const toElement = isInteger64(type) ? toBigInt : type === "bool" ? (value: number) => Number(value !== 0) : Number;
  if (role !== undefined) return () => toElement(role(index++));
  if (random !== undefined) return isFloat(type) ? () => random() * 2 - 1 : () => toElement(random() < 0.5 ? 0 : 1);
  const { int, float } = values as { readonly int: number; readonly float: number };
  // A mask that is all false hides everything.
  const value = isFloat(type) ? float : type === "bool" ? 1 : int;
  return value === 0 ? undefined : () => toElement(value);
}

function zeros(type: TensorType, dims: readonly number[]): Tensor {
  return new Tensor(type, new ARRAY_OF[type as NumericTensorType](elementCount(dims)), dims);
}
