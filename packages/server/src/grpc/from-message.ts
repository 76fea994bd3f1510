import type { NamedTensor } from "@tricast/core/adapter";
import { type InferRequest, refuseTwice, wrongDatatype } from "../protocols/open-inference/infer-request.ts";
import { type Datatype, isDatatype } from "../protocols/open-inference/tensors/datatypes.ts";
import { type NumericJson, narrowed } from "../protocols/open-inference/tensors/from-json.ts";
import { tensorFromRaw, textOf } from "../protocols/open-inference/tensors/from-raw.ts";
import { elementCount, readShape, showShape } from "../protocols/open-inference/tensors/shape.ts";
import { type InputLocation, wrongTensor } from "../protocols/open-inference/tensors/tensor-error.ts";
import { wrongRequest } from "../protocols/wrong-request.ts";
import type { InferMessage, TensorMessage } from "./read-request.ts";
import { type ContentsMember, memoryBudget, TypedContents } from "./typed-contents.ts";
import { WireReader } from "./wire-reader.ts";

/** @throws {TricastError} `invalid-input` for a wrong form, `invalid-tensor` for a wrong tensor. */
export function fromInferMessage({ id, parameters, inputs, outputs, raw }: InferMessage): InferRequest {
  if (raw.length > 0 && raw.length !== inputs.length)
    throw wrongRequest("/raw_input_contents", `the bytes of ${inputs.length} inputs`, String(raw.length));
  const tensors = inputs.map((input, index) => toTensor(input, `/inputs/${index}`, raw[index]));
  refuseTwice("/inputs", tensors);
  refuseTwice("/outputs", outputs);
  return {
    id: id === "" ? undefined : id,
    parameters,
    inputs: tensors,
    outputs: outputs.length === 0 ? undefined : outputs.map(({ name }) => ({ name, binary: raw.length > 0 })),
    binaryByDefault: raw.length > 0,
  };
}

function toTensor(input: TensorMessage, pointer: string, raw: Uint8Array | undefined): NamedTensor {
  const { name, datatype, contents } = input;
  const location = { name, pointer };
  if (!isDatatype(datatype)) throw wrongDatatype(location, datatype);
  const shape = readShape(location, input.shape);
  if (raw === undefined) return { name, datatype, shape, data: fromContents(location, datatype, shape, contents) };
  if (contents !== undefined) throw wrongTensor(location, "either contents or raw_input_contents", "both");
  return { name, datatype, shape, data: tensorFromRaw(location, datatype, shape, raw) };
}

/** The member that holds the elements of each datatype. FP16 has no member. */
export const CONTENTS: { readonly [D in Datatype]: ContentsMember | undefined } = {
  BOOL: "bool_contents",
  INT8: "int_contents",
  INT16: "int_contents",
  INT32: "int_contents",
  INT64: "int64_contents",
  UINT8: "uint_contents",
  UINT16: "uint_contents",
  UINT32: "uint_contents",
  UINT64: "uint64_contents",
  FP16: undefined,
  FP32: "fp32_contents",
  FP64: "fp64_contents",
  BYTES: "bytes_contents",
};

const NO_CONTENTS = new TypedContents(new WireReader(new Uint8Array(0)), memoryBudget(0));

function fromContents(
  location: InputLocation,
  datatype: Datatype,
  shape: readonly number[],
  contents: TypedContents = NO_CONTENTS,
): NamedTensor["data"] {
  const member = CONTENTS[datatype];
  if (member === undefined) throw wrongTensor(location, `${datatype} in raw_input_contents`, "typed contents");
  const given = contents.count(member);
  const count = elementCount(shape);
  // Checked before memory is allocated for the elements.
  if (given !== count)
    throw wrongTensor(location, `${count} elements in ${member} for shape ${showShape(shape)}`, String(given));
  if (member === "bytes_contents") return contents.texts(count, (index, bytes) => textOf(location, index, bytes));
  return narrowed(location, datatype as NumericJson, contents.numbers(member, count));
}
