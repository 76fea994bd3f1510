import { RowsMeet } from "./rows-meet.ts";

/**
 * The size of a dimension, as far as a graph tells it: a whole number times sizes that are only known when it runs, times
 * the number of rows or not. An element of a shape may also be a plain number such as -1.
 */
export interface Size {
  readonly factor: number;
  /** Sizes that are the same in every run that is joined, sorted; one that stands twice is squared. */
  readonly symbols: readonly string[];
  /** Whether the number of rows is a factor. */
  readonly rows: boolean;
}

export const ONE: Size = literal(1);
export const ROWS: Size = { factor: 1, symbols: [], rows: true };

export function literal(factor: number): Size {
  return { factor, symbols: [], rows: false };
}

export function symbol(name: string): Size {
  return { factor: 1, symbols: [name], rows: false };
}

/** The number that a size is, where it is known without running the graph. */
export function numberOf(size: Size | undefined): number | undefined {
  return size !== undefined && size.symbols.length === 0 && !size.rows ? size.factor : undefined;
}

export function isOne(size: Size | undefined): boolean {
  return numberOf(size) === 1;
}

export function sameSize(a: Size, b: Size): boolean {
  return a.factor === b.factor && a.rows === b.rows && a.symbols.join() === b.symbols.join();
}

/** What multiplies more sizes than this is made to take time and memory. */
const MOST_SYMBOLS = 64;

/**
 * `undefined` for the square of the number of rows: no dimension has that size.
 * @throws {RowsMeet} for what is larger than any size.
 */
export function product(...sizes: readonly Size[]): Size | undefined {
  let [factor, rows] = [1, 0];
  const symbols: string[] = [];
  for (const size of sizes) {
    factor *= size.factor;
    rows += size.rows ? 1 : 0;
    symbols.push(...size.symbols);
    if (symbols.length > MOST_SYMBOLS || !(Math.abs(factor) <= Number.MAX_SAFE_INTEGER))
      throw new RowsMeet("a dimension is larger than any that is looked at");
  }
  if (rows > 1) return undefined;
  return { factor, symbols: factor === 0 ? [] : symbols.sort(), rows: rows === 1 };
}

/** `undefined` unless `divisor` is known to divide `size`. */
export function quotient(size: Size, divisor: Size): Size | undefined {
  if (divisor.factor === 0 || size.factor % divisor.factor !== 0 || (divisor.rows && !size.rows)) return undefined;
  const symbols = [...size.symbols];
  for (const name of divisor.symbols) {
    const index = symbols.indexOf(name);
    if (index < 0) return undefined;
    symbols.splice(index, 1);
  }
  return { factor: size.factor / divisor.factor, symbols, rows: size.rows && !divisor.rows };
}
