import type { Bytes } from "./bytes.ts";
import { type Attribute, type Constant, type Graph, LONGEST_LIST, LONGEST_LIST_BYTES } from "./model.ts";
import { type Field, FLOAT32, fieldsOf, fixedOf, textOf, varintsOf } from "./protobuf.ts";

/** Longer texts are vocabularies, or complete models. */
const LONGEST_TEXT = 1024 * 1024;

type Found = { -readonly [K in keyof Attribute]: Attribute[K] };

/** Reads the contents of an attribute other than numbers and texts. */
export interface AttributeReader {
  tensor(field: Field): Constant;
  sparseTensor(field: Field): Constant;
  graph(field: Field): Graph;
}

/** `AttributeProto`. */
export function readAttribute(bytes: Bytes, attribute: Field, read: AttributeReader): [string, Attribute] {
  const found: Found = {};
  const floats: number[] = [];
  const ints: number[] = [];
  let [name, texts, type] = ["", 0, 0];
  for (const field of fieldsOf(bytes, attribute)) {
    if (field.number === 1) name = textOf(bytes, field);
    else if (field.number === 2) found.float = fixedOf(bytes, field, FLOAT32)[0] ?? 0;
    else if (field.number === 3) found.int = field.value ?? 0;
    else if (field.number === 4) found.text = field.end - field.start > LONGEST_TEXT ? "" : textOf(bytes, field);
    else if (field.number === 5) found.tensor = read.tensor(field);
    else if (field.number === 6) found.graph = read.graph(field);
    else if (field.number === 7 && !isLong(floats, field)) floats.push(...fixedOf(bytes, field, FLOAT32));
    else if (field.number === 8 && !isLong(ints, field)) ints.push(...varintsOf(bytes, field));
    else if (field.number === 9 && texts < LONGEST_LIST) texts++;
    else if (field.number === 10) read.tensor(field);
    else if (field.number === 11) found.graphs = [...(found.graphs ?? []), read.graph(field)];
    else if (field.number === 20) type = field.value ?? 0;
    else if (field.number === 21) found.reference = textOf(bytes, field);
    else if (field.number === 22 || field.number === 23) read.sparseTensor(field);
    // The rest of a long list, which is not needed. Exporters write names before values.
    else if (field.number >= 7 && field.number <= 9) {
      found.isLong = true;
      if (name !== "") break;
    }
  }
  if (floats.length > 0 && !found.isLong) found.floats = floats;
  if (ints.length > 0 && !found.isLong) found.ints = ints;
  if (texts > 0) found.texts = texts;
  return [name, found.reference === undefined ? asTyped(found, type) : found];
}

/**
 * The runtime reads the type alone. Writers of the third version of protobuf leave out a 0, so an axis 0 is an attribute
 * without a number.
 */
function asTyped(found: Found, type: number): Attribute {
  if (type === FLOAT) return { float: found.float ?? 0 };
  if (type === INT) return { int: found.int ?? 0 };
  if (type === STRING) return { text: found.text ?? "" };
  return found;
}

/** `AttributeProto.AttributeType`. */
const [FLOAT, INT, STRING] = [1, 2, 3];

/** Whether a list has reached its limit, or would exceed it with the packed numbers of this field. */
function isLong(list: readonly number[], { start, end }: Field): boolean {
  return list.length >= LONGEST_LIST || end - start > LONGEST_LIST_BYTES;
}
