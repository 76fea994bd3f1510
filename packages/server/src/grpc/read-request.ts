import { TricastError } from "@tricast/core";
import type { Charge } from "@tricast/core/adapter";
import { MOST_DIMENSIONS } from "../protocols/open-inference/tensors/shape.ts";
import { wrongTensor } from "../protocols/open-inference/tensors/tensor-error.ts";
import { type MemoryBudget, memoryBudget, TypedContents } from "./typed-contents.ts";
import { BYTES, FIXED64, VARINT, WireReader } from "./wire-reader.ts";

/** Larger than the number of inputs or outputs of any model. */
const MOST_TENSORS = 1_024;
const MOST_PARAMETERS = 1_024;
/** Limit of names, ids and datatypes. */
const MOST_NAME_BYTES = 4_096;
/** Memory that the decoded elements of a message may take, as a multiple of the largest message. */
const MOST_GROWTH = 4;

export type Parameter = string | number | bigint | boolean;

/** `InferTensor`. The server ignores its parameters. */
export interface TensorMessage {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly contents: TypedContents | undefined;
}

/** `ModelReadyRequest` and `ModelMetadataRequest`. */
export interface ModelMessage {
  readonly model: string;
  readonly version: string;
}

/** `ModelInferRequest`. */
export interface InferMessage extends ModelMessage {
  readonly id: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly inputs: readonly TensorMessage[];
  readonly outputs: readonly { readonly name: string }[];
  readonly raw: readonly Uint8Array[];
}

/** A message without fields. @throws {TricastError} `invalid-body`. */
export function readEmpty(bytes: Uint8Array): object {
  return readTexts(new WireReader(bytes), []);
}

/** @throws {TricastError} `invalid-body`, `invalid-input`. */
export function readModelMessage(bytes: Uint8Array): ModelMessage {
  const [model = "", version = ""] = readTexts(new WireReader(bytes), ["name", "version"]);
  return { model, version };
}

/** `HealthCheckRequest`. @throws {TricastError} `invalid-body`, `invalid-input`. */
export function readHealthMessage(bytes: Uint8Array): { readonly service: string } {
  const [service = ""] = readTexts(new WireReader(bytes), ["service"]);
  return { service };
}

const OUTPUT_TEXTS = ["name"];
const PARAMETER_TEXTS = ["a parameter's name"];
const INFER_TEXTS = ["model_name", "model_version", "id"];

/**
 * Reads the message without copying its bytes. Every list in it has a limit, because an empty tensor takes two bytes on
 * the wire and some hundred in memory. protobufjs has no such limits.
 * @throws {TricastError} `invalid-body`, `invalid-input`, `invalid-tensor`.
 */
export function readInferMessage(bytes: Uint8Array, maxBodyBytes: number, charge?: Charge): InferMessage {
  const reader = new WireReader(bytes);
  const budget = memoryBudget(MOST_GROWTH * maxBodyBytes, charge);
  const parameters = limitedList<readonly [string, Parameter]>("parameters", MOST_PARAMETERS);
  const inputs = limitedList<TensorMessage>("inputs", MOST_TENSORS);
  const outputs = limitedList<{ name: string }>("outputs", MOST_TENSORS);
  const raw = limitedList<Uint8Array>("raw_input_contents", MOST_TENSORS);
  const [model = "", version = "", id = ""] = readTexts(reader, INFER_TEXTS, () => {
    const { field, type } = reader;
    if (type !== BYTES || field > 7) reader.skip();
    else if (field === 4) parameters.add(() => readEntry(inner(reader)));
    else if (field === 5) inputs.add((index) => readTensor(inner(reader), index, budget));
    else if (field === 6) outputs.add(() => ({ name: readTexts(inner(reader), OUTPUT_TEXTS)[0] as string }));
    else raw.add(() => reader.bytes.subarray(reader.start, reader.stop));
  });
  return {
    model,
    version,
    id,
    parameters: Object.fromEntries(parameters.members()),
    inputs: inputs.members(),
    outputs: outputs.members(),
    raw: raw.members(),
  };
}

interface LimitedList<T> {
  add(read: (index: number) => T): void;
  /** @throws {TricastError} `invalid-input`. */
  members(): readonly T[];
}

/** A repeated field. Members beyond its limit are counted but not read. */
function limitedList<T>(name: string, most: number): LimitedList<T> {
  const members: T[] = [];
  let count = 0;
  return {
    add(read) {
      if (++count <= most) members.push(read(count - 1));
    },
    members() {
      if (count <= most) return members;
      throw new TricastError(
        "invalid-input",
        `The message has ${count} ${name}; the limit is ${most}. Send many elements in one tensor, in raw_input_contents`,
      );
    },
  };
}

/**
 * Reads a message. The fields from 1 to the number of names are its short texts. `other` reads the other fields; without
 * it, they are skipped. If a field is repeated, the last one counts (protobuf.dev, last one wins).
 * @throws {TricastError} `invalid-body`; `invalid-input` for a text that is too long.
 */
function readTexts(
  reader: WireReader,
  names: readonly string[],
  other: () => void = () => reader.skip(),
): readonly string[] {
  const places: (readonly [start: number, stop: number])[] = [];
  while (reader.next()) {
    if (reader.type === BYTES && reader.field <= names.length) places[reader.field] = [reader.start, reader.stop];
    else other();
  }
  return names.map((name, index) => {
    const [start, stop] = places[index + 1] ?? [0, 0];
    if (stop - start <= MOST_NAME_BYTES) return textIn(reader.bytes, start, stop);
    const what = `${name} has ${stop - start} bytes; the limit is ${MOST_NAME_BYTES}`;
    throw new TricastError("invalid-input", what);
  });
}

const TENSOR_TEXTS = ["name", "datatype"];

function readTensor(reader: WireReader, index: number, budget: MemoryBudget): TensorMessage {
  const shape: number[] = [];
  let dimensions = 0;
  const addDimension = (number: WireReader): void => {
    number.varint();
    if (++dimensions <= MOST_DIMENSIONS) shape.push((number.high | 0) * 2 ** 32 + number.low);
  };
  let contents: TypedContents | undefined;
  const [name = "", datatype = ""] = readTexts(reader, TENSOR_TEXTS, () => {
    const { field, type } = reader;
    if (field === 3 && type === VARINT) addDimension(reader);
    else if (field === 3 && type === BYTES) for (const packed = inner(reader); packed.more; ) addDimension(packed);
    else if (field === 5 && type === BYTES) contents = new TypedContents(reader, budget);
    else reader.skip(field === 4);
  });
  if (dimensions > MOST_DIMENSIONS) {
    const location = { name, pointer: `/inputs/${index}/shape` };
    throw wrongTensor(location, `at most ${MOST_DIMENSIONS} dimensions`, String(dimensions));
  }
  return { name, datatype, shape, contents };
}

/** `map<string, InferParameter>` is a list of messages with a key and a value. */
function readEntry(reader: WireReader): readonly [string, Parameter] {
  let value: Parameter = "";
  const [name = ""] = readTexts(reader, PARAMETER_TEXTS, () => {
    if (reader.type === BYTES && reader.field === 2) value = readParameter(inner(reader));
    else reader.skip();
  });
  return [name, value];
}

/** `InferParameter`. Only one field may be set; if several are, the last one counts. */
function readParameter(reader: WireReader): Parameter {
  let value: Parameter = "";
  while (reader.next()) {
    const { field, type } = reader;
    if (type === VARINT && (field === 1 || field === 2 || field === 5)) {
      reader.varint();
      value = field === 1 ? reader.low !== 0 || reader.high !== 0 : exact(reader, field === 2);
    } else if (type === BYTES && field === 3) value = textIn(reader.bytes, reader.start, reader.stop);
    else if (type === FIXED64 && field === 4) value = doubleAt(reader.bytes, reader.fixed(8));
    else reader.skip();
  }
  return value;
}

function inner({ bytes, start, stop }: WireReader): WireReader {
  return new WireReader(bytes, start, stop);
}

function textIn(bytes: Uint8Array, start: number, stop: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, stop - start).toString("utf8");
}

function doubleAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true);
}

function exact({ low, high }: WireReader, signed: boolean): number | bigint {
  const number = (signed ? high | 0 : high) * 2 ** 32 + low;
  return Number.isSafeInteger(number) ? number : (BigInt(signed ? high | 0 : high) << 32n) | BigInt(low);
}
