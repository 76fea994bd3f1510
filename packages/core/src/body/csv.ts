import { TricastError } from "../errors.ts";
import { show } from "../options.ts";

export type CsvCell = string | number;
export type CsvRow = readonly CsvCell[] | Readonly<Record<string, CsvCell>>;

/**
 * Rows of an RFC 4180 document. An unquoted cell with a decimal number is a number, every other cell is text;
 * an integer that a number cannot hold exactly stays text, with all its digits. Empty lines are skipped.
 * With a header (`text/csv; header=present`) rows are records; without one they are arrays.
 * Stops after `mostRows + 1` rows, which limits the cost of a body that consists of line ends.
 * @throws {TricastError} `invalid-body`, naming the line or row.
 */
export function parseCsv(text: string, header: boolean, mostRows: number): CsvRow[] {
  const rows = splitRows(text, header, header ? mostRows + 2 : mostRows + 1);
  if (!header) return rows;
  const names = rows.shift()?.map(String);
  if (names === undefined)
    throw new TricastError(
      "invalid-body",
      "The CSV body is empty, but header=present promises a header; send the column names first",
    );
  refuseTwice(names);
  return rows.map((row, index) => {
    if (row.length !== names.length) {
      throw new TricastError(
        "invalid-body",
        `CSV row ${index + 1} has ${row.length} cells; the header has ${names.length}`,
      );
    }
    return Object.fromEntries(row.map((cell, column) => [names[column] as string, cell]));
  });
}

/** A record can hold one cell of each name. */
function refuseTwice(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new TricastError("invalid-body", `The CSV header has ${show(name)} twice; name each column once`);
    seen.add(name);
  }
}

function splitRows(text: string, header: boolean, most: number): CsvCell[][] {
  const rows: CsvCell[][] = [];
  let row: CsvCell[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length && rows.length < most) {
    const cell = text[at] === '"' ? quotedCell(text, at, line) : plainCell(text, at, header && rows.length === 0);
    row.push(cell.value);
    line += cell.lines;
    at = cell.end;
    const next = text[at];
    if (next === ",") {
      at++;
      if (at === text.length) row.push("");
      continue;
    }
    if (next !== undefined && next !== "\n" && next !== "\r") {
      throw new TricastError(
        "invalid-body",
        `CSV line ${line}: ${JSON.stringify(next)} follows a closing quote; put a comma or a line end there`,
      );
    }
    at += next === "\r" && text[at + 1] === "\n" ? 2 : 1;
    line++;
    // Two quotes alone on a line are a cell with empty text, not an empty line.
    if (row.length > 1 || row[0] !== "" || cell.quoted) rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

interface Cell {
  readonly value: CsvCell;
  readonly end: number;
  readonly lines: number;
  readonly quoted: boolean;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INTEGER = /^[+-]?\d+$/;

function plainCell(text: string, start: number, asText: boolean): Cell {
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "\n" && text[end] !== "\r") end++;
  const raw = text.slice(start, end);
  return { value: asText ? raw : (numberIn(raw.trim()) ?? raw), end, lines: 0, quoted: false };
}

function numberIn(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const number = Number(text);
  const exact = Number.isSafeInteger(number) || !INTEGER.test(text);
  return exact && Number.isFinite(number) ? number : undefined;
}

function quotedCell(text: string, start: number, line: number): Cell {
  let end = start + 1;
  for (;;) {
    end = text.indexOf('"', end);
    if (end === -1)
      throw new TricastError(
        "invalid-body",
        `CSV line ${line}: the quote that opens here is never closed; close it, and double each quote in the cell`,
      );
    if (text[end + 1] !== '"') break;
    end += 2;
  }
  const raw = text.slice(start + 1, end);
  return { value: raw.replaceAll('""', '"'), end: end + 1, lines: raw.split("\n").length - 1, quoted: true };
}
