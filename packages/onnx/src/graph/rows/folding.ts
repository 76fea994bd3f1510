import { mayBeFloat } from "../model.ts";
import { literal, numberOf, product, quotient, type Size, sameSize } from "./size.ts";
import { type Element, isCounted } from "./value.ts";

/** What an operator makes of elements that shapes are made of; `type` is that of its output. */
export type Fold = (elements: readonly Element[], type: number) => Element;

export function foldSizes(work: (sizes: readonly Size[], type: number) => Size | undefined): Fold {
  return (elements, type) => {
    const sizes = elements.filter((element) => typeof element === "object");
    return (sizes.length === elements.length ? work(sizes, type) : undefined) ?? unknownOf(elements);
  };
}

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
  return isExact ? product(...sizes) : undefined;
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
