import type { NamedTensor } from "@tricast/core";
import {
  type InferRequest,
  type Parameters,
  refuseTwice,
  wrongDatatype,
} from "../protocols/open-inference/infer-request.ts";
import { ARRAY_OF, type Datatype, isDatatype } from "../protocols/open-inference/tensors/datatypes.ts";
import { tensorFromJson } from "../protocols/open-inference/tensors/from-json.ts";
import { tensorFromRaw, textOf } from "../protocols/open-inference/tensors/from-raw.ts";
import { elementCount, readShape, showShape } from "../protocols/open-inference/tensors/shape.ts";
import { type Place, wrongRequest, wrongTensor } from "../protocols/open-inference/tensors/tensor-error.ts";
import type {
  InferParameter,
  InferParameters,
  InferTensor,
  InferTensorContents,
  ModelInferRequest,
} from "./messages.ts";

/** @throws {TricastError} `invalid-input` for a wrong form, `invalid-tensor` for a wrong tensor. */
export function fromInferMessage(message: ModelInferRequest): InferRequest {
  const { inputs, outputs, raw_input_contents: raw } = message;
  if (raw.length > 0 && raw.length !== inputs.length)
    throw wrongRequest("/raw_input_contents", `the bytes of ${inputs.length} inputs`, String(raw.length));
  const tensors = inputs.map((input, index) => toTensor(input, `/inputs/${index}`, raw[index]));
  refuseTwice("/inputs", tensors);
  refuseTwice("/outputs", outputs);
  return {
    id: message.id === "" ? undefined : message.id,
    parameters: toParameters(message.parameters),
    inputs: tensors,
    outputs: outputs.length === 0 ? undefined : outputs.map(({ name }) => ({ name, binary: raw.length > 0 })),
    binaryByDefault: raw.length > 0,
  };
}

function toTensor(input: InferTensor, pointer: string, raw: Uint8Array | undefined): NamedTensor {
  const { name, datatype, contents } = input;
  const place = { name, pointer };
  if (!isDatatype(datatype)) throw wrongDatatype(place, datatype);
  const shape = readShape(place, input.shape.map(Number));
  if (raw === undefined) return { name, datatype, shape, data: fromContents(place, datatype, shape, contents ?? {}) };
  if (contents !== null && contents !== undefined)
    throw wrongTensor(place, "either contents or raw_input_contents", "both");
  return { name, datatype, shape, data: tensorFromRaw(place, datatype, shape, raw) };
}

/** The member that holds the elements of each datatype; FP16 has none. */
export const CONTENTS: { readonly [D in Datatype]: keyof InferTensorContents | undefined } = {
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

function fromContents(
  place: Place,
  datatype: Datatype,
  shape: readonly number[],
  contents: InferTensorContents,
): NamedTensor["data"] {
  const member = CONTENTS[datatype];
  if (member === undefined) throw wrongTensor(place, `${datatype} in raw_input_contents`, "typed contents");
  const elements = contents[member] ?? [];
  const count = elementCount(shape);
  if (elements.length !== count)
    throw wrongTensor(place, `${count} elements in ${member} for shape ${showShape(shape)}`, String(elements.length));
  if (datatype === "BYTES")
    return (elements as readonly Uint8Array[]).map((element, index) => textOf(place, index, element));
  // Unlike JSON, these carry NaN and the infinities.
  if (datatype === "FP32" || datatype === "FP64") {
    const data = new ARRAY_OF[datatype](count) as Float64Array;
    data.set(elements as readonly number[]);
    return data;
  }
  return tensorFromJson(place, datatype, shape, elements);
}

function toParameters(parameters: InferParameters): Parameters {
  const read: Record<string, string | number | bigint | boolean> = {};
  for (const [key, parameter] of Object.entries(parameters)) read[key] = toParameter(parameter);
  return read;
}

function toParameter(parameter: InferParameter): string | number | bigint | boolean {
  switch (parameter.parameter_choice) {
    case "bool_param":
      return parameter.bool_param as boolean;
    case "double_param":
      return parameter.double_param as number;
    case "int64_param":
      return exact(parameter.int64_param as string);
    case "uint64_param":
      return exact(parameter.uint64_param as string);
    default:
      return parameter.string_param ?? "";
  }
}

function exact(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
