import { show } from "@tricast/core/adapter";
import type { ColumnInterface } from "../open-inference/interface.ts";
import { invalid } from "./predict-request.ts";

type Row = Record<string, unknown>;

/**
 * The instances of columns, for a predictor with code: of an object, row `i` of each member; of a bare tensor, its rows.
 * @throws {TricastError} `invalid-input` where a column is no list, or not as long as the first.
 */
export function rowsOfColumns(inputs: unknown): readonly unknown[] {
  if (Array.isArray(inputs)) return inputs;
  if (typeof inputs !== "object" || inputs === null)
    throw invalid("/inputs", `expected lists by name, or one list, got ${show(inputs)}`);
  const columns = Object.entries(inputs);
  const [first] = columns;
  if (first === undefined) throw invalid("/inputs", "expected at least one column, got none");
  for (const [name, column] of columns) {
    if (!Array.isArray(column)) throw invalid(`/inputs/${name}`, `expected a list, got ${show(column)}`);
    const { length } = first[1] as unknown[];
    if (column.length !== length)
      throw invalid(`/inputs/${name}`, `expected ${length} rows, as ${show(first[0])} has, got ${column.length}`);
  }
  return (first[1] as unknown[]).map((_, row) =>
    Object.fromEntries(columns.map(([name, column]) => [name, (column as unknown[])[row]])),
  );
}

/** Outputs as columns: lists by member where every output is an object of the same members, else one list. */
export function columnsOfRows(outputs: readonly unknown[]): unknown {
  const first = outputs[0];
  if (!outputs.every(isPlainObject) || first === undefined) return outputs;
  const keys = Object.keys(first as Row);
  const alike = outputs.every((output) => {
    const own = Object.keys(output as Row);
    return own.length === keys.length && keys.every((key) => Object.hasOwn(output as Row, key));
  });
  if (!alike) return outputs;
  return Object.fromEntries(keys.map((key) => [key, outputs.map((output) => (output as Row)[key])]));
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/**
 * Bare rows for a predictor whose input is an object of one member are that member: the form leaves the name of a single
 * input out (tensorflow/serving, api_rest.md, row format).
 */
export function nameBareRows(rows: readonly unknown[], { inputs }: ColumnInterface): readonly unknown[] {
  const only = inputs.length === 1 ? inputs[0]!.path : [];
  if (only.length !== 1) return rows;
  return rows.map((row) => (isPlainObject(row) ? row : { [only[0]!]: row }));
}
