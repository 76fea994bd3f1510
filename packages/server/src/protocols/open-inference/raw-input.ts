import { TricastError } from "@tricast/core";
import type { ModelMetadata, NamedTensor } from "@tricast/core/adapter";
import { ARRAY_OF, isDatatype } from "./tensors/datatypes.ts";
import { tensorFromRaw, textOf } from "./tensors/from-raw.ts";
import { elementCount, showShape } from "./tensors/shape.ts";
import { wrongTensor } from "./tensors/tensor-error.ts";

/**
 * The tensor of a body that contains only the bytes of the model's single input: a batch of one. One other dimension may be
 * dynamic; its size follows from the number of bytes (Triton, extension_binary_data.md, raw binary request). For BYTES,
 * the body is the single element.
 * @throws {TricastError} `invalid-input` if the model has several inputs or dynamic dimensions, `invalid-tensor` for bytes
 * that do not fit.
 */
export function rawInput(inputs: ModelMetadata["inputs"], bytes: Uint8Array): NamedTensor {
  const only = inputs[0];
  if (only === undefined || inputs.length > 1) {
    const names = inputs.map(({ name }) => name).join(", ");
    throw new TricastError(
      "invalid-input",
      `A raw tensor needs a model with one input; this model has ${inputs.length} (${names}): send JSON before the data`,
    );
  }
  const { name, datatype } = only;
  const location = { name, pointer: "" };
  if (!isDatatype(datatype)) throw wrongTensor(location, "a datatype of the protocol", datatype);
  // A dynamic first dimension is the batch, which has one member here.
  const shape = only.shape.map((size, axis) => (size === -1 && axis === 0 && only.shape.length > 1 ? 1 : size));
  if (datatype === "BYTES") {
    if (elementCount(shape.map((size) => (size === -1 ? 1 : size))) !== 1)
      throw wrongTensor(location, "a BYTES input of one element for a raw tensor", showShape(only.shape));
    return { name, datatype, shape: shape.map(() => 1), data: [textOf(location, 0, bytes)] };
  }
  const solved = solve(location.name, shape, bytes.byteLength / ARRAY_OF[datatype].BYTES_PER_ELEMENT);
  return { name, datatype, shape: solved, data: tensorFromRaw(location, datatype, solved, bytes) };
}

/** The shape with its dynamic dimension set so that it has `count` elements. */
function solve(name: string, shape: readonly number[], count: number): readonly number[] {
  const open = shape.filter((size) => size === -1).length;
  if (open === 0) return shape;
  if (open > 1) {
    const seen = `input ${JSON.stringify(name)} has shape ${showShape(shape)}`;
    const what = `A raw tensor needs at most one dynamic dimension besides the batch; ${seen}: send JSON before the data`;
    throw new TricastError("invalid-input", what);
  }
  const known = elementCount(shape.filter((size) => size !== -1));
  const size = known === 0 ? 0 : Math.floor(count / known);
  return shape.map((each) => (each === -1 ? size : each));
}
