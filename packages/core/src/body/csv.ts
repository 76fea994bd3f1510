import { TricastError } from "../errors.ts";

export type CsvCell = string | number;
export type CsvRow = readonly CsvCell[] | Readonly<Record<string, CsvCell>>;

/**
 * Rows of an RFC 4180 document. An unquoted cell that is a decimal number is a number, every other is text.
 * With a header (`text/csv; header=present`) rows are records; without one they are arrays.
 * @throws {TricastError} `invalid-body`, naming the line.
 */
export function parseCsv(text: string, header: boolean): CsvRow[] {
  const rows = splitRows(text);
  if (!header) return rows;
  const names = rows.shift();
  if (names === undefined)
    throw new TricastError("invalid-body", "The CSV body is empty, but header=present promises a header");
  return rows.map((row, index) => {
    if (row.length !== names.length) {
      throw new TricastError(
        "invalid-body",
        `CSV row ${index + 1} has ${row.length} cells; the header has ${names.length}`,
      );
    }
    return Object.fromEntries(row.map((cell, column) => [String(names[column]), cell]));
  });
}

function splitRows(text: string): CsvCell[][] {
  const rows: CsvCell[][] = [];
  let row: CsvCell[] = [];
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const cell = text[at] === '"' ? quotedCell(text, at, line) : plainCell(text, at);
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
        `CSV line ${line}: ${JSON.stringify(next)} follows a closing quote; a comma must`,
      );
    }
    at += next === "\r" && text[at + 1] === "\n" ? 2 : 1;
    line++;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

interface Cell {
  readonly value: CsvCell;
  readonly end: number;
  readonly lines: number;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function plainCell(text: string, start: number): Cell {
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "\n" && text[end] !== "\r") end++;
  const raw = text.slice(start, end);
  const trimmed = raw.trim();
  return { value: NUMBER.test(trimmed) ? Number(trimmed) : raw, end, lines: 0 };
}

function quotedCell(text: string, start: number, line: number): Cell {
  let end = start + 1;
  for (;;) {
    end = text.indexOf('"', end);
    if (end === -1)
      throw new TricastError("invalid-body", `CSV line ${line}: the quote that opens here is never closed`);
    if (text[end + 1] !== '"') break;
    end += 2;
  }
  const raw = text.slice(start + 1, end);
  return { value: raw.replaceAll('""', '"'), end: end + 1, lines: raw.split("\n").length - 1 };
}
