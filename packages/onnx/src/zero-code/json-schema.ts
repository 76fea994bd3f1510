import type { JsonSchema } from "@tricast/core/adapter";
import type { OnnxValueInfo } from "../metadata.ts";
import { RANGE } from "../tensor/elements.ts";
import { type Shape, showShape } from "../tensor/shape.ts";
import { elementCount } from "../tensor/tensor.ts";
import { isFloat, isInteger64, type TensorType } from "../tensor/types.ts";

const NON_FINITE: JsonSchema = { enum: ["NaN", "Infinity", "-Infinity"] };

/** The schema of one element of an output. */
function element(type: TensorType): JsonSchema {
  if (type === "string") return { type: "string" };
  if (type === "bool") return { type: "boolean" };
  if (isFloat(type)) return { anyOf: [{ type: "number" }, NON_FINITE] };
  if (isInteger64(type)) return type === "int64" ? { type: "integer" } : { type: "integer", minimum: 0 };
  const [minimum, maximum] = RANGE[type];
  return { type: "integer", minimum, maximum };
}

/** The schema of one element of an input. */
function inputElement(type: TensorType, nonFinite: "allow" | "refuse"): JsonSchema {
  if (type === "bool") return { enum: [true, false, 0, 1] };
  if (isInteger64(type)) return { anyOf: [element(type), { type: "string", pattern: "^-?[0-9]{1,20}$" }] };
  if (isFloat(type) && nonFinite === "refuse") return { type: "number" };
  return element(type);
}

function lists(shape: Shape, items: JsonSchema): JsonSchema {
  return shape.reduceRight<JsonSchema>((inner, dim) => {
    const size = typeof dim === "number" ? { minItems: dim, maxItems: dim } : {};
    return { type: "array", ...size, items: inner };
  }, items);
}

/** Every way to send one tensor; see `parseInput`. */
function inputForms(info: OnnxValueInfo, setting: SchemaSetting): JsonSchema[] {
  const items = inputElement(info.type, setting.nonFinite);
  const { shape } = info;
  if (shape.length === 0) return [items, { type: "array" }];
  const forms = [lists(shape, items)];
  const short = setting.batchable ? shape.slice(1) : shape;
  if (setting.batchable) forms.push(lists(short, items));
  const known = short.filter((dim) => typeof dim === "number");
  const open = short.length - known.length;
  if (short.length > 1 && open <= 1) forms.push({ type: "array", items });
  if (short.length > 0 && open <= 1 && elementCount(known) === 1) forms.push(items);
  return forms;
}

export interface SchemaSetting {
  /** The inputs without those that a request may leave out. */
  readonly required: readonly OnnxValueInfo[];
  readonly batchable: boolean;
  readonly nonFinite: "allow" | "refuse";
}

export function inputSchema(inputs: readonly OnnxValueInfo[], setting: SchemaSetting): JsonSchema {
  const { required } = setting;
  const byName = objectOf(
    inputs,
    (info) => inputForms(info, required.includes(info) ? setting : { ...setting, batchable: false }),
    required,
  );
  const only = required.length === 1 ? byName.properties[required[0]!.name] : undefined;
  return only === undefined ? byName : { anyOf: [byName, only] };
}

function outputForms({ type, shape }: OnnxValueInfo, batchable: boolean): JsonSchema[] {
  const items = element(type);
  if (shape.length === 0) return [items, { type: "array" }];
  // The runtime only warns when an output does not have the declared sizes, so lists may have any length.
  const open = shape.map(() => "?");
  return batchable ? [lists(open, items), lists(open.slice(1), items)] : [lists(open, items)];
}

/** @param sequences Names of outputs that are lists of tensors. */
export function outputSchema(
  outputs: readonly OnnxValueInfo[],
  batchable: boolean,
  sequences: readonly string[],
): JsonSchema {
  const schema = objectOf(outputs, (info) => outputForms(info, batchable));
  const lists = sequences.map((name) => [name, { description: "a list of tensors", type: "array" }]);
  const properties = { ...schema.properties, ...Object.fromEntries(lists) };
  return { ...schema, properties, required: Object.keys(properties) };
}

function objectOf(
  values: readonly OnnxValueInfo[],
  formsOf: (info: OnnxValueInfo) => JsonSchema[],
  required: readonly OnnxValueInfo[] = values,
) {
  const properties = Object.fromEntries(
    values.map((info): [string, JsonSchema] => {
      const description = `${info.type} of shape ${showShape(info.shape)}`;
      return [info.name, { description, anyOf: formsOf(info) }];
    }),
  );
  return { type: "object", properties, required: required.map(({ name }) => name), additionalProperties: false };
}
