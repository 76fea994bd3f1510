import { RowsMeet } from "./rows-meet.ts";

/**
 * The size of a dimension: a whole number, times sizes that are only known when the graph runs, and possibly times the
 * number of rows. An element of a shape may also be a plain number such as -1.
 */
export interface Size {
  readonly factor: number;
  /** Sizes that are the same in every joined run, sorted. A squared size is listed twice. */
  readonly symbols: readonly string[];
  /** Whether the number of rows is a factor. */
  readonly rows: boolean;
}

/** An element of a shape. The value of `"fixed"` is unknown and the same in every run; `"counted"` depends on the number of rows. */
export type Element = Size | "fixed" | "counted";

export const ONE: Size = literal(1);
export const ROWS: Size = { factor: 1, symbols: [], rows: true };

export function literal(factor: number): Size {
  return { factor, symbols: [], rows: false };
}

export function symbol(name: string): Size {
  return { factor: 1, symbols: [name], rows: false };
}

/** The number, where it is known without running the graph. */
export function numberOf(element: Element | undefined): number | undefined {
  return isSize(element) && element.symbols.length === 0 && !element.rows ? element.factor : undefined;
}

/** The numbers, where all of them are known without running the graph. */
export function numbersOf(elements: readonly (Element | undefined)[] | undefined): readonly number[] | undefined {
  const known = elements?.map(numberOf);
  return known?.every((number) => number !== undefined) ? known : undefined;
}

export function isSize(element: Element | undefined): element is Size {
  return typeof element === "object";
}

export function isOne(element: Element | undefined): boolean {
  return numberOf(element) === 1;
}

/** Whether the number of rows is a factor of an element. */
export function hasRows(element: Element | undefined): element is Size {
  return isSize(element) && element.rows;
}

/** Whether an element depends on the number of rows. */
export function isCounted(element: Element | undefined): boolean {
  return element === "counted" || hasRows(element);
}

export function sameSize(a: Element | undefined, b: Size): boolean {
  return isSize(a) && a.factor === b.factor && a.rows === b.rows && a.symbols.join() === b.symbols.join();
}

/** Only a hostile file has a product of more sizes, to use up time and memory. */
const MOST_SYMBOLS = 64;

/**
 * `undefined` for the square of the number of rows: no dimension has that size.
 * @throws {RowsMeet} for a product that is larger than any size.
 */
export function product(...sizes: readonly Size[]): Size | undefined {
  let [factor, rows] = [1, 0];
  const symbols: string[] = [];
  for (const size of sizes) {
    factor *= size.factor;
    rows += size.rows ? 1 : 0;
    symbols.push(...size.symbols);
    if (symbols.length > MOST_SYMBOLS || !(Math.abs(factor) <= Number.MAX_SAFE_INTEGER))
      throw new RowsMeet("a dimension is larger than the analysis supports");
  }
  if (rows > 1) return undefined;
  return { factor, symbols: factor === 0 ? [] : symbols.sort(), rows: rows === 1 };
}

/** `undefined` unless both are known and `divisor` divides `size`. */
export function quotient(size: Size | undefined, divisor: Size | undefined): Size | undefined {
  if (size === undefined || divisor === undefined) return undefined;
  if (divisor.factor === 0 || size.factor % divisor.factor !== 0 || (divisor.rows && !size.rows)) return undefined;
  const symbols = [...size.symbols];
  for (const name of divisor.symbols) {
    const index = symbols.indexOf(name);
    if (index < 0) return undefined;
    symbols.splice(index, 1);
  }
  return { factor: size.factor / divisor.factor, symbols, rows: size.rows && !divisor.rows };
}
