import { mayBeFloat, TYPE } from "../model.ts";
import {
  type Element,
  isCounted,
  isSize,
  literal,
  numberOf,
  numbersOf,
  product,
  quotient,
  type Size,
  sameSize,
} from "./size.ts";

/** The result of an operator for elements that shapes are computed from; `type` is the type of its output. */
export type Fold = (elements: readonly Element[], type: number) => Element;

export function foldSizes(work: (sizes: readonly Size[], type: number) => Size | undefined): Fold {
  return (elements, type) => {
    const found = elements.every(isSize) ? work(elements, type) : undefined;
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
  const fits = range !== undefined && Number.isSafeInteger(number) && number >= range[0] && number <= range[1];
  return fits ? size : undefined;
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
  if (!sameSize({ ...a, factor: b.factor }, b)) return undefined;
  const factor = a.factor + sign * b.factor;
  return factor === 0 ? literal(0) : { ...a, factor };
}

export function multiply(sizes: readonly Size[]): Size | undefined {
  const isExact = sizes.every(({ factor }) => Number.isInteger(factor)) || numbersOf(sizes) !== undefined;
  const factor = sizes.reduce((all, size) => all * size.factor, 1);
  return isExact && Math.abs(factor) <= Number.MAX_SAFE_INTEGER ? product(...sizes) : undefined;
}

export function divide(a: Size, b: Size, type: number): Size | undefined {
  const [number, divisor] = [numberOf(a), numberOf(b)];
  if (divisor === 0) return undefined;
  const ratio = number === undefined || divisor === undefined ? undefined : number / divisor;
  // A float quotient of an unknown size may be rounded to less than a whole number.
  if (mayBeFloat(type)) return ratio === undefined ? undefined : literal(ratio);
  return ratio === undefined ? quotient(a, b) : literal(Math.trunc(ratio));
}

/** A size is never negative, so it differs from every negative number. */
function isEqual(a: Size, b: Size): boolean | undefined {
  if (sameSize(a, b)) return true;
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) return false;
  const number = left ?? right;
  const other = left === undefined ? a : b;
  return number !== undefined && number < 0 && other.factor > 0 ? false : undefined;
}

export const equalFold: Fold = foldSizes(([a, b]) => {
  const equal = a === undefined || b === undefined ? undefined : isEqual(a, b);
  return equal === undefined ? undefined : literal(Number(equal));
});

export function foldNumbersOnly(work: (...numbers: [number, number]) => number | boolean): Fold {
  return foldSizes((sizes) => {
    const known = numbersOf(sizes);
    return known === undefined ? undefined : literal(Number(work(...(known as [number, number]))));
  });
}

export const chooseFold: Fold = ([condition, a, b]) => {
  const chosen = numberOf(condition);
  if (chosen !== undefined) return (chosen === 0 ? b : a)!;
  if (isSize(b) && sameSize(a, b) && !isCounted(condition)) return b;
  return unknownOf([condition!, a!, b!]);
};

/** Whole parts of known numbers. Sizes are whole already. */
export const wholeFold = (round: (value: number) => number): Fold =>
  foldSizes(([size]) => {
    const number = numberOf(size);
    if (number !== undefined) return literal(round(number));
    return Number.isInteger(size!.factor) ? size : undefined;
  });

/** The result of a cast. A size may be 0, so its value as a boolean is not known. */
export const castFold: Fold = ([element], type) => {
  const fold = type === TYPE.bool ? isNotZero : mayBeFloat(type) ? kept : wholeFold(Math.trunc);
  return fold([element!], type);
};

const kept: Fold = foldSizes(([size]) => size);

const isNotZero: Fold = foldNumbersOnly((value) => value !== 0);
