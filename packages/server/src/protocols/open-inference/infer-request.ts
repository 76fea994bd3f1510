import { type NamedTensor, show } from "@tricast/core/adapter";
import { objectAt, wrongRequest } from "../wrong-request.ts";
import { DATATYPES, isDatatype } from "./tensors/datatypes.ts";
import { tensorFromJson } from "./tensors/from-json.ts";
import { tensorFromRaw } from "./tensors/from-raw.ts";
import { readShape } from "./tensors/shape.ts";
import { type InputLocation, within, wrongTensor } from "./tensors/tensor-error.ts";

export type Parameters = Readonly<Record<string, string | number | bigint | boolean>>;

/** An inference request of the Open Inference Protocol, over REST or gRPC. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly inputs: readonly NamedTensor[];
  /** `undefined` requests all outputs. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Whether outputs are sent as bytes by default. A request can set it for each output. */
  readonly binaryByDefault: boolean;
}

export interface RequestedOutput {
  readonly name: string;
  readonly binary: boolean;
}

/**
 * Reads the JSON of a request. `binary` has the bytes after the JSON. Inputs with `binary_data_size` read them in order.
 * @throws {TricastError} `invalid-input` for a wrong form, `invalid-tensor` for a wrong tensor, each with its pointer.
 */
export function readInferRequest(json: unknown, binary: Uint8Array): InferRequest {
  const document = objectAt("", json);
  const { id, inputs, outputs } = document;
  if (id !== undefined && typeof id !== "string") throw wrongRequest("/id", "a string", show(id));
  const parameters = readParameters("", document.parameters);
  const binaryByDefault = readFlag("", parameters, "binary_data_output") ?? false;
  return {
    id,
    parameters,
    inputs: readInputs(inputs, binary),
    outputs: readOutputs(outputs, binaryByDefault),
    binaryByDefault,
  };
}

function readInputs(inputs: unknown, binary: Uint8Array): readonly NamedTensor[] {
  if (!Array.isArray(inputs)) throw wrongRequest("/inputs", "a list of tensors", show(inputs));
  let at = 0;
  const tensors = inputs.map((input: unknown, index) => {
    const { tensor, taken } = readInput(`/inputs/${index}`, input, binary.subarray(at));
    at += taken;
    return tensor;
  });
  if (at !== binary.byteLength) {
    throw wrongRequest("/inputs", `${at} bytes of binary data after the JSON`, `${binary.byteLength}`);
  }
  refuseTwice("/inputs", tensors);
  return tensors;
}

function readInput(pointer: string, json: unknown, binary: Uint8Array): { tensor: NamedTensor; taken: number } {
  const input = objectAt(pointer, json);
  const { datatype } = input;
  const location = { name: nameAt(pointer, input), pointer };
  if (!isDatatype(datatype)) throw wrongDatatype(location, datatype);
  const shape = readShape(location, input.shape);
  const parameters = readParameters(pointer, input.parameters);
  refuseParameter(pointer, parameters, SHARED_MEMORY);
  const size = readSize(location, parameters.binary_data_size, binary.byteLength);
  if (size !== undefined && input.data !== undefined)
    throw wrongTensor(location, "either data or parameters.binary_data_size", "both");
  const data =
    size === undefined
      ? tensorFromJson(location, datatype, shape, input.data)
      : tensorFromRaw(location, datatype, shape, binary.subarray(0, size));
  return { tensor: { name: location.name, datatype, shape, data }, taken: size ?? 0 };
}

export function wrongDatatype(location: InputLocation, datatype: unknown): Error {
  return wrongTensor(within(location, "datatype"), `datatype to be one of ${DATATYPES.join(", ")}`, show(datatype));
}

function readSize(location: InputLocation, size: unknown, left: number): number | undefined {
  if (size === undefined) return undefined;
  const at = within(location, "parameters/binary_data_size");
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    throw wrongTensor(at, "binary_data_size to be a whole number of bytes", show(size));
  if ((size as number) > left)
    throw wrongTensor(at, `${size} bytes of binary data after the JSON`, `${left} that are left`);
  return size as number;
}

function readOutputs(outputs: unknown, binaryByDefault: boolean): readonly RequestedOutput[] | undefined {
  if (outputs === undefined) return undefined;
  if (!Array.isArray(outputs)) throw wrongRequest("/outputs", "a list of outputs", show(outputs));
  if (outputs.length === 0) return undefined;
  const requested = outputs.map((json: unknown, index) => {
    const pointer = `/outputs/${index}`;
    const output = objectAt(pointer, json);
    const parameters = readParameters(pointer, output.parameters);
    refuseParameter(pointer, parameters, SHARED_MEMORY);
    refuseParameter(pointer, parameters, CLASSIFICATION);
    const binary = readFlag(pointer, parameters, "binary_data") ?? binaryByDefault;
    return { name: nameAt(pointer, output), binary };
  });
  refuseTwice("/outputs", requested);
  return requested;
}

function nameAt(pointer: string, { name }: Readonly<Record<string, unknown>>): string {
  if (typeof name === "string" && name !== "") return name;
  throw wrongRequest(`${pointer}/name`, "a name", show(name));
}

/** Flat: a parameter is a string, a number or a boolean (inference_rest.md, parameters). */
function readParameters(pointer: string, parameters: unknown): Parameters {
  const object = objectAt(`${pointer}/parameters`, parameters ?? {});
  for (const [key, value] of Object.entries(object)) {
    if (["string", "number", "bigint", "boolean"].includes(typeof value)) continue;
    throw wrongRequest(`${pointer}/parameters/${key}`, "a string, a number or a boolean", show(value));
  }
  return object as Parameters;
}

function readFlag(pointer: string, parameters: Parameters, key: string): boolean | undefined {
  const value = parameters[key];
  if (value === undefined || typeof value === "boolean") return value;
  throw wrongRequest(`${pointer}/parameters/${key}`, "true or false", show(value));
}

const SHARED_MEMORY = ["shared_memory_region", "data within the body", "shared memory"] as const;
const CLASSIFICATION = ["classification", "a request for the output's own values", "classes"] as const;

/** If the server ignored the parameter, the client would misread the response. */
function refuseParameter(
  pointer: string,
  parameters: Parameters,
  [key, expected, got]: typeof SHARED_MEMORY | typeof CLASSIFICATION,
): void {
  if (parameters[key] !== undefined) throw wrongRequest(`${pointer}/parameters/${key}`, expected, got);
}

export function refuseTwice(pointer: string, named: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const [index, { name }] of named.entries()) {
    if (seen.has(name)) throw wrongRequest(`${pointer}/${index}/name`, "each name once", `${show(name)} twice`);
    seen.add(name);
  }
}
