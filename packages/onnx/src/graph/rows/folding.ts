import { mayBeFloat, TYPE } from "../model.ts";
import { literal, numberOf, product, quotient, type Size, sameSize } from "./size.ts";
import { type Element, isCounted } from "./value.ts";

/** What an operator makes of elements that shapes are made of; `type` is that of its output. */
export type Fold = (elements: readonly Element[], type: number) => Element;

export function foldSizes(work: (sizes: readonly Size[], type: number) => Size | undefined): Fold {
  return (elements, type) => {
    const sizes = elements.filter((element) => typeof element === "object");
    const found = sizes.length === elements.length ? work(sizes, type) : undefined;
    return asStored(found, type) ?? unknownOf(elements);
  };
}

/** The result as its type stores it. `undefined` where that is not known, because small types wrap around. */
export function asStored(size: Size | undefined, type: number): Size | undefined {
  if (size === undefined) return undefined;
  const [number, range] = [numberOf(size), WHOLE_NUMBERS.get(type)];
  if (number === undefined) {
    const isWide = type === TYPE.float || type === TYPE.double || (range !== undefined && range[1] > 2 ** 30);
    return isWide && Number.isInteger(size.factor) && (size.factor > 0 || range?.[0] !== 0) ? size : undefined;
  }
  if (type === TYPE.float) return literal(Math.fround(number));
  if (type === TYPE.double) return size;
  return range !== undefined && Number.isSafeInteger(number) && number >= range[0] && number <= range[1]
    ? size
    : undefined;
}

const WHOLE_NUMBERS: ReadonlyMap<number, readonly [least: number, most: number]> = new Map([
  [TYPE.bool, [0, 1]],
  [TYPE.uint8, [0, 2 ** 8 - 1]],
  [TYPE.int8, [-(2 ** 7), 2 ** 7 - 1]],
  [TYPE.uint16, [0, 2 ** 16 - 1]],
  [TYPE.int16, [-(2 ** 15), 2 ** 15 - 1]],
  [TYPE.uint32, [0, 2 ** 32 - 1]],
  [TYPE.int32, [-(2 ** 31), 2 ** 31 - 1]],
  [TYPE.uint64, [0, 2 ** 64]],
  [TYPE.int64, [-(2 ** 63), 2 ** 63]],
]);

export function unknownOf(elements: readonly Element[]): Element {
  return elements.some(isCounted) ? "counted" : "fixed";
}

/** Sizes of the same form are added by their factors. */
export function sum(a: Size, b: Size, sign: 1 | -1): Size | undefined {
  if (b.factor === 0) return a;
  if (a.factor === 0 && sign === 1) return b;
  if (a.rows !== b.rows || a.symbols.join() !== b.symbols.join()) return undefined;
  const factor = a.factor + sign * b.factor;
  return factor === 0 ? literal(0) : { ...a, factor };
}

export function multiply(sizes: readonly Size[]): Size | undefined {
  const isExact =
    sizes.every(({ factor }) => Number.isInteger(factor)) || sizes.every((size) => numberOf(size) !== undefined);
  const factor = sizes.reduce((all, size) => all * size.factor, 1);
  return isExact && Math.abs(factor) <= Number.MAX_SAFE_INTEGER ? product(...sizes) : undefined;
}

export function divide(a: Size, b: Size, type: number): Size | undefined {
  const divisor = numberOf(b);
  if (divisor === 0) return undefined;
  const number = numberOf(a);
  // A float quotient of a size that is not known may be rounded to less than a whole number.
  if (mayBeFloat(type)) return number === undefined || divisor === undefined ? undefined : literal(number / divisor);
  if (number !== undefined && divisor !== undefined) return literal(Math.trunc(number / divisor));
  return quotient(a, b);
}

/** A size is 0 or more: it may be compared with what is less than that. */
export function isEqual([a, b]: readonly Size[]): boolean | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (sameSize(a, b)) return true;
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) return false;
  const number = left ?? right;
  const other = left === undefined ? a : b;
  return number !== undefined && number < 0 && other.factor > 0 ? false : undefined;
}

export function foldNumbersOnly(work: (...numbers: number[]) => number | boolean): Fold {
  return foldSizes((sizes) => {
    const known = sizes.map(numberOf);
    return known.every((number) => number !== undefined) ? literal(Number(work(...known))) : undefined;
  });
}

export const chooseFold: Fold = ([condition, a, b]) => {
  const chosen = typeof condition === "object" ? numberOf(condition) : undefined;
  if (chosen !== undefined) return (chosen === 0 ? b : a)!;
  if (typeof a === "object" && typeof b === "object" && sameSize(a, b) && !isCounted(condition!)) return a;
  return unknownOf([condition!, a!, b!]);
};

/** Whole parts of numbers that are known; sizes are whole already. */
export const wholeFold = (round: (value: number) => number): Fold =>
  foldSizes(([size]) => {
    const number = numberOf(size);
    if (number !== undefined) return literal(round(number));
    return Number.isInteger(size!.factor) ? size : undefined;
  });

/** What a cast makes of numbers: a size is at least 0, so as a boolean it is not known. */
export const castFold: Fold = ([element], type) => {
  const fold = type === TYPE.bool ? isNotZero : mayBeFloat(type) ? kept : wholeFold(Math.trunc);
  return fold([element!], type);
};

const kept: Fold = foldSizes(([size]) => size);

const isNotZero: Fold = foldNumbersOnly((value) => value !== 0);
