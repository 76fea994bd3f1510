import type { JsonSchema, TensorInfo } from "@tricast/core/adapter";
import type { Datatype } from "../tensors/datatypes.ts";

/** A number, string, boolean or array in a predictor's input or output, as a column over many instances. */
export interface Column extends TensorInfo {
  readonly datatype: Datatype;
  /** Its path of member names; empty if the whole value is the column. */
  readonly path: readonly string[];
}

type Schema = Readonly<Record<string, unknown>>;

/**
 * The columns of a JSON Schema. The first dimension of each counts the instances and has any size. Members of nested objects
 * have dotted names. `bare` names the column of a schema that is not an object. Members that do not fit into a tensor are
 * left out.
 */
export function columnsOfSchema(schema: JsonSchema, bare: string): readonly Column[] {
  return [...walk(schema as Schema, [], bare)];
}

function* walk(schema: Schema, path: readonly string[], bare: string): Generator<Column> {
  const properties = schema.properties as Readonly<Record<string, Schema>> | undefined;
  if (properties !== undefined) {
    for (const [key, member] of Object.entries(properties)) yield* walk(member, [...path, key], bare);
    return;
  }
  const leaf = leafOf(schema);
  if (leaf === undefined) return;
  yield { name: columnName(path, bare), path, datatype: leaf.datatype, shape: [-1, ...leaf.dims] };
}

export function columnName(path: readonly string[], bare: string): string {
  return path.length === 0 ? bare : path.join(".");
}

/** A value that fits into a tensor, and its shape in one instance. */
type Leaf = { readonly datatype: Datatype; readonly dims: readonly number[] };

const DATATYPE_OF: Readonly<Record<string, Datatype>> = {
  number: "FP64",
  integer: "INT64",
  boolean: "BOOL",
  string: "BYTES",
};

function leafOf(schema: Schema): Leaf | undefined {
  if (schema.type === "array") return arrayLeaf(schema);
  // Libraries write literals and picklists without a type.
  const type = schema.type ?? typeof (schema.const ?? (schema.enum as unknown[])?.[0]);
  const datatype = DATATYPE_OF[String(type)];
  return datatype === undefined ? undefined : { datatype, dims: [] };
}

function arrayLeaf(schema: Schema): Leaf | undefined {
  const tuple = schema.prefixItems as readonly Schema[] | undefined;
  const item = (tuple?.[0] ?? schema.items) as Schema | undefined;
  const inner = item === undefined || typeof item !== "object" ? undefined : leafOf(item);
  if (inner === undefined) return undefined;
  const fixed = tuple?.length ?? (schema.minItems === schema.maxItems ? schema.minItems : undefined);
  return { datatype: inner.datatype, dims: [typeof fixed === "number" ? fixed : -1, ...inner.dims] };
}

/** The columns of an example, for predictors whose schema library does not write JSON Schema. */
export function columnsOfExample(example: unknown, bare: string): readonly Column[] {
  return columnsOfSchema(schemaOfExample(example), bare);
}

function schemaOfExample(value: unknown): JsonSchema {
  if (Array.isArray(value)) return { type: "array", items: value.length === 0 ? {} : schemaOfExample(value[0]) };
  if (ArrayBuffer.isView(value)) return { type: "array", items: { type: "number" } };
  if (typeof value !== "object" || value === null) return { type: typeof value };
  const members = Object.entries(value).map(([key, member]) => [key, schemaOfExample(member)] as const);
  return { type: "object", properties: Object.fromEntries(members) };
}
