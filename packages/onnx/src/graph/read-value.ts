import { type Bytes, notOnnx } from "./bytes.ts";
import { toDatatype, UNKNOWN_DATATYPE } from "./datatype.ts";
import { DEEPEST_NESTING, type GraphValue } from "./model.ts";
import { type Field, fieldsOf, textOf } from "./protobuf.ts";

type ValueType = Omit<GraphValue, "name">;

/** `ValueInfoProto`. */
export function readValue(bytes: Bytes, value: Field): GraphValue {
  let name = "";
  let type = otherType(UNKNOWN_DATATYPE);
  for (const field of fieldsOf(bytes, value)) {
    if (field.number === 1) name = textOf(bytes, field);
    else if (field.number === 2) type = readType(bytes, field, 0);
  }
  return { name, ...type };
}

function otherType(datatype: string): ValueType {
  return { kind: "other", datatype, type: 0, dims: undefined };
}

/** `TypeProto`: its one member determines the kind of type. */
function readType(bytes: Bytes, type: Field, depth: number): ValueType {
  if (depth > DEEPEST_NESTING) throw notOnnx(bytes.name, `its types are nested more than ${DEEPEST_NESTING} deep`);
  const inner = (field: Field, number: number): string => {
    for (const part of fieldsOf(bytes, field))
      if (part.number === number) return readType(bytes, part, depth + 1).datatype;
    return UNKNOWN_DATATYPE;
  };
  for (const field of fieldsOf(bytes, type)) {
    if (field.number === 1) return readTensorType(bytes, field);
    if (field.number === 4) return otherType(`SEQUENCE<${inner(field, 1)}>`);
    if (field.number === 5) return otherType(`MAP<${readElementType(bytes, field)},${inner(field, 2)}>`);
    if (field.number === 8) return otherType(`SPARSE<${readElementType(bytes, field)}>`);
    if (field.number === 9) return otherType(`OPTIONAL<${inner(field, 1)}>`);
  }
  return otherType(UNKNOWN_DATATYPE);
}

/** `TypeProto.Tensor`. */
function readTensorType(bytes: Bytes, tensor: Field): ValueType {
  let type = 0;
  let dims: GraphValue["dims"];
  for (const field of fieldsOf(bytes, tensor)) {
    if (field.number === 1) type = field.value ?? 0;
    else if (field.number === 2) dims = readShape(bytes, field);
  }
  return { kind: "tensor", datatype: toDatatype(type), type, dims };
}

/** Field 1 of `TypeProto.Map` and `SparseTensor`. */
function readElementType(bytes: Bytes, type: Field): string {
  for (const field of fieldsOf(bytes, type)) if (field.number === 1) return toDatatype(field.value ?? 0);
  return UNKNOWN_DATATYPE;
}

/** `TensorShapeProto`. */
function readShape(bytes: Bytes, shape: Field): (number | string | undefined)[] {
  const dims: (number | string | undefined)[] = [];
  for (const field of fieldsOf(bytes, shape)) if (field.number === 1) dims.push(readDimension(bytes, field));
  return dims;
}

function readDimension(bytes: Bytes, dimension: Field): number | string | undefined {
  for (const field of fieldsOf(bytes, dimension)) {
    // Some exporters write -1 instead of leaving the dimension open.
    if (field.number === 1 && field.value !== undefined && field.value >= 0) return field.value;
    if (field.number === 2) return textOf(bytes, field) || undefined;
  }
  return undefined;
}
