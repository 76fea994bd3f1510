import { show } from "@tricast/core/adapter";
import type { ColumnInterface } from "../open-inference/interface.ts";
import { wrongRequest } from "../wrong-request.ts";

type Row = Record<string, unknown>;

/**
 * The instances of columns, for a predictor with code. From an object, instance `i` gets row `i` of each member. From a
 * bare tensor, each row is an instance.
 * @throws {TricastError} `invalid-input` if a column is not a list, or is not as long as the first column.
 */
export function rowsOfColumns(inputs: unknown): readonly unknown[] {
  if (Array.isArray(inputs)) return inputs;
  if (typeof inputs !== "object" || inputs === null)
    throw wrongRequest("/inputs", "lists by name, or one list", show(inputs));
  const columns = Object.entries(inputs as Readonly<Record<string, unknown[]>>);
  const [first] = columns;
  if (first === undefined) throw wrongRequest("/inputs", "at least one column", "none");
  const [firstName, { length }] = first;
  for (const [name, column] of columns) {
    if (!Array.isArray(column)) throw wrongRequest(`/inputs/${name}`, "a list", show(column));
    if (column.length !== length)
      throw wrongRequest(`/inputs/${name}`, `${length} rows, as ${show(firstName)} has`, String(column.length));
  }
  return first[1].map((_, row) => Object.fromEntries(columns.map(([name, column]) => [name, column[row]])));
}

/** Outputs as columns: one list per member if all outputs are objects with the same members, else one list. */
export function columnsOfRows(outputs: readonly unknown[]): unknown {
  if (!outputs.every(isPlainObject) || outputs[0] === undefined) return outputs;
  const keys = Object.keys(outputs[0]);
  const isAlike = (output: Row): boolean =>
    Object.keys(output).length === keys.length && keys.every((key) => Object.hasOwn(output, key));
  if (!outputs.every(isAlike)) return outputs;
  return Object.fromEntries(keys.map((key) => [key, outputs.map((output) => output[key])]));
}

function isPlainObject(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/**
 * Names bare rows for a predictor whose input is an object with one member. Clients may leave out the name of a single
 * input (tensorflow/serving, api_rest.md, row format).
 */
export function nameBareRows(rows: readonly unknown[], { inputs }: ColumnInterface): readonly unknown[] {
  const only = inputs.length === 1 ? inputs[0]!.path : [];
  if (only.length !== 1) return rows;
  return rows.map((row) => (isPlainObject(row) ? row : { [only[0]!]: row }));
}
