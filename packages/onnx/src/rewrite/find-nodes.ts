import type { Bytes } from "../graph/bytes.ts";
import { type Field, fieldsOf, textOf } from "../graph/protobuf.ts";
import { integersOf } from "./integers.ts";

/** A node without its attributes. */
export interface NodeHead {
  readonly field: Field;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The heads of nodes, whose attributes may contain whole forests and are not read. */
export function readHeads(bytes: Bytes, nodes: readonly Field[]): NodeHead[] {
  return nodes.map((field) => {
    const inputs: string[] = [];
    const outputs: string[] = [];
    let op = "";
    for (const part of fieldsOf(bytes, field)) {
      if (part.number === 1) inputs.push(textOf(bytes, part));
      else if (part.number === 2) outputs.push(textOf(bytes, part));
      else if (part.number === 4) op = textOf(bytes, part);
    }
    return { field, op, inputs, outputs };
  });
}

/** The class labels of a ZipMap (onnx.ai/onnx/operators/onnx_aionnxml_ZipMap.html), with every digit. */
export function readLabels(bytes: Bytes, node: Field): string[] {
  const labels: string[] = [];
  for (const attribute of fieldsOf(bytes, node)) {
    if (attribute.number !== 5) continue;
    for (const field of fieldsOf(bytes, attribute)) {
      if (field.number === 9) labels.push(textOf(bytes, field));
      else if (field.number === 8) labels.push(...integersOf(bytes, field).map(String));
    }
  }
  return labels;
}
