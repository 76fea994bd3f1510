import { TricastError } from "@tricast/core";
import { type NamedTensor, show } from "@tricast/core/adapter";
import { ARRAY_OF, type Datatype, type NumericDatatype } from "../tensors/datatypes.ts";
import type { Scalar } from "../tensors/element-reader.ts";
import { elementCount, showShape } from "../tensors/shape.ts";
import { type Column, columnName } from "./schema-columns.ts";
import { BARE_OUTPUT } from "./to-instances.ts";

/** The elements of one output over all instances. */
interface Rows {
  readonly dims: readonly number[];
  /** The datatype of a typed array. */
  readonly view: NumericDatatype | undefined;
  readonly elements: Scalar[];
}

/**
 * Outputs as columns: one tensor of shape `[N, ...]` for each number, string, boolean or array of equal shape. Members
 * of nested objects have dotted names (`probabilities.setosa`). Numbers are FP64, or INT64 if `columns` declare it.
 * @throws {TricastError} `not-implemented` for outputs that do not fit into tensors, with the first that does not.
 */
export function fromOutputs(outputs: readonly unknown[], columns: readonly Column[]): NamedTensor[] {
  if (outputs.length === 0) return columns.map(emptyTensor);
  const all = new Map<string, Rows>();
  for (const [index, output] of outputs.entries()) {
    const leaves = new Map<string, unknown>();
    flatten(output, [], leaves);
    if (index > 0 && leaves.size !== all.size)
      throw noColumns(`instance ${index} has ${leaves.size} values and the first ${all.size}`);
    for (const [name, value] of leaves) addRow(all, name, value, index);
  }
  return [...all].map(([name, rows]) => toTensor(name, rows, columns, outputs.length));
}

function emptyTensor({ name, datatype, shape }: Column): NamedTensor {
  const dims = [0, ...shape.slice(1).map((size) => Math.max(size, 0))];
  return { name, datatype, shape: dims, data: datatype === "BYTES" ? [] : new ARRAY_OF[datatype](0) };
}

function flatten(value: unknown, path: readonly string[], leaves: Map<string, unknown>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    leaves.set(columnName(path, BARE_OUTPUT), value);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    // JSON, too, leaves out a member that is undefined.
    if (member !== undefined) flatten(member, [...path, key], leaves);
  }
}

function addRow(all: Map<string, Rows>, name: string, value: unknown, index: number): void {
  const dims = dimsOf(value);
  const elements: Scalar[] = [];
  collect(name, value, dims, 0, elements);
  const first = index === 0 ? undefined : all.get(name);
  if (index > 0 && first === undefined) throw noColumns(`${show(name)} is in instance ${index} and not in the first`);
  if (first === undefined) {
    all.set(name, { dims, view: viewOf(name, value), elements });
    return;
  }
  if (String(dims) !== String(first.dims))
    throw noColumns(`${show(name)} has shape ${showShape(first.dims)}, and ${showShape(dims)} in instance ${index}`);
  for (const element of elements) first.elements.push(element);
}

function dimsOf(value: unknown): number[] {
  const dims: number[] = [];
  for (let level = value; Array.isArray(level) || ArrayBuffer.isView(level); level = (level as unknown[])[0])
    dims.push((level as unknown[]).length);
  return dims;
}

function collect(name: string, value: unknown, dims: readonly number[], axis: number, elements: Scalar[]): void {
  if (axis === dims.length) {
    if (!["number", "bigint", "boolean", "string"].includes(typeof value))
      throw noColumns(`${show(name)} has ${show(value)}`);
    elements.push(value as Scalar);
    return;
  }
  const list = value as ArrayLike<unknown>;
  if (typeof value !== "object" || value === null || list.length !== dims[axis])
    throw noColumns(`${show(name)} is a list whose members differ in length`);
  for (let i = 0; i < list.length; i++) collect(name, list[i], dims, axis + 1, elements);
}

function viewOf(name: string, value: unknown): NumericDatatype | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const found = VIEWS.find(([, array]) => value instanceof array);
  if (found === undefined) throw noColumns(`${show(name)} is a ${value.constructor.name}`);
  return found[0] as NumericDatatype;
}

/** Without BOOL and FP16, whose arrays are also those of UINT8 and UINT16. */
const VIEWS = Object.entries(ARRAY_OF).filter(([datatype]) => datatype !== "BOOL" && datatype !== "FP16");

function toTensor(name: string, rows: Rows, columns: readonly Column[], count: number): NamedTensor {
  const { dims, view, elements } = rows;
  const shape = [count, ...dims];
  if (elements.length !== elementCount(shape)) throw noColumns(`${show(name)} has lists of different lengths`);
  const kind = kindOf(elements[0] ?? 0);
  const other = elements.find((element) => kindOf(element) !== kind);
  if (other !== undefined) throw noColumns(`${show(name)} has ${show(other)} beside values of another type`);
  const declared = columns.find((column) => column.name === name)?.datatype;
  const datatype = view ?? datatypeOf(kind, declared, elements);
  if (datatype === "BYTES") return { name, datatype, shape, data: elements as string[] };
  const data = new ARRAY_OF[datatype](elements.length) as unknown as Record<number, number | bigint>;
  const convert = datatype.endsWith("INT64") ? BigInt : Number;
  for (const [index, element] of elements.entries()) data[index] = convert(element);
  return { name, datatype, shape, data: data as unknown as ArrayBufferView };
}

type Kind = "number" | "boolean" | "string";

function kindOf(element: Scalar): Kind {
  return typeof element === "bigint" ? "number" : (typeof element as Kind);
}

function datatypeOf(kind: Kind, declared: Datatype | undefined, elements: readonly Scalar[]): Datatype {
  if (kind === "string") return "BYTES";
  if (kind === "boolean") return "BOOL";
  const exact = declared === "INT64" || elements.some((element) => typeof element === "bigint");
  return exact && elements.every((element) => typeof element === "bigint" || Number.isInteger(element))
    ? "INT64"
    : "FP64";
}

function noColumns(why: string): TricastError {
  return new TricastError(
    "not-implemented",
    `The predictor's output does not fit into tensors: ${why}; ask for it at /predict`,
  );
}
