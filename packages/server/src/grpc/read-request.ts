import { TricastError } from "@tricast/core";
import { MOST_DIMENSIONS } from "../protocols/open-inference/tensors/shape.ts";
import { wrongTensor } from "../protocols/open-inference/tensors/tensor-error.ts";
import { MemoryBudget, TypedContents } from "./typed-contents.ts";
import { BYTES, FIXED64, VARINT, WireReader } from "./wire-reader.ts";

/** More inputs or outputs than any model has. */
const MOST_TENSORS = 1_024;
const MOST_PARAMETERS = 1_024;
/** Of names, ids and datatypes. */
const MOST_NAME_BYTES = 4_096;
/** Memory that the decoded elements of a message may take, as a multiple of the largest message. */
const MOST_GROWTH = 4;

export type Parameter = string | number | bigint | boolean;

/** `InferTensor`, without its parameters, which this server ignores. */
export interface TensorMessage {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly contents: TypedContents | undefined;
}

/** `ModelInferRequest`. */
export interface InferMessage {
  readonly model: string;
  readonly version: string;
  readonly id: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly inputs: readonly TensorMessage[];
  readonly outputs: readonly { readonly name: string }[];
  readonly raw: readonly Uint8Array[];
}

/** `ModelReadyRequest` and `ModelMetadataRequest`. */
export interface ModelMessage {
  readonly model: string;
  readonly version: string;
}

/** `HealthCheckRequest`. */
export interface HealthMessage {
  readonly service: string;
}

/** A message without fields. @throws {TricastError} `invalid-body`. */
export function readEmpty(bytes: Uint8Array): object {
  const reader = new WireReader(bytes);
  while (reader.next()) reader.skip();
  return {};
}

/** @throws {TricastError} `invalid-body`, `invalid-input`. */
export function readModelMessage(bytes: Uint8Array): ModelMessage {
  const { 1: model = "", 2: version = "" } = readNames(new WireReader(bytes), { 1: "name", 2: "version" });
  return { model, version };
}

/** @throws {TricastError} `invalid-body`, `invalid-input`. */
export function readHealthMessage(bytes: Uint8Array): HealthMessage {
  return { service: readNames(new WireReader(bytes), { 1: "service" })[1] ?? "" };
}

/**
 * Reads the message without copying its bytes. Every list in it has a limit, because an empty tensor is two bytes on the
 * wire and some hundred in memory. protobufjs has no limits.
 * @throws {TricastError} `invalid-body`, `invalid-input`, `invalid-tensor`.
 */
export function readInferMessage(bytes: Uint8Array, maxBodyBytes: number): InferMessage {
  const reader = new WireReader(bytes);
  const budget = new MemoryBudget(MOST_GROWTH * maxBodyBytes);
  const names = new NameFields({ 1: "model_name", 2: "model_version", 3: "id" });
  const parameters = new LimitedList<readonly [string, Parameter]>("parameters", MOST_PARAMETERS);
  const inputs = new LimitedList<TensorMessage>("inputs", MOST_TENSORS);
  const outputs = new LimitedList<{ name: string }>("outputs", MOST_TENSORS);
  const raw = new LimitedList<Uint8Array>("raw_input_contents", MOST_TENSORS);
  while (reader.next()) {
    if (reader.type !== BYTES || reader.field > 7) reader.skip();
    else if (reader.field <= 3) names.see(reader);
    else if (reader.field === 4) parameters.add(() => readEntry(inner(reader)));
    else if (reader.field === 5) inputs.add((index) => readTensor(inner(reader), index, budget));
    else if (reader.field === 6) outputs.add(() => ({ name: readNames(inner(reader), { 1: "name" })[1] ?? "" }));
    else raw.add(() => reader.bytes.subarray(reader.start, reader.stop));
  }
  const { 1: model = "", 2: version = "", 3: id = "" } = names.read(bytes);
  return {
    model,
    version,
    id,
    parameters: Object.fromEntries(parameters.list()),
    inputs: inputs.list(),
    outputs: outputs.list(),
    raw: raw.list(),
  };
}

/** A repeated field. Above its limit, members are counted but not read. */
class LimitedList<T> {
  private readonly name: string;
  private readonly most: number;
  private readonly members: T[] = [];
  private count = 0;

  constructor(name: string, most: number) {
    this.name = name;
    this.most = most;
  }

  add(read: (index: number) => T): void {
    if (++this.count <= this.most) this.members.push(read(this.count - 1));
  }

  /** @throws {TricastError} `invalid-input`. */
  list(): readonly T[] {
    if (this.count <= this.most) return this.members;
    throw new TricastError(
      "invalid-input",
      `The message has ${this.count} ${this.name}; the limit is ${this.most}. Send many elements in one tensor, in raw_input_contents`,
    );
  }
}

/** Short text fields by number. Of repeated ones the last counts (protobuf.dev, last one wins). */
class NameFields {
  private readonly known: Readonly<Record<number, string>>;
  private readonly places: Record<number, readonly [start: number, stop: number]> = {};

  constructor(known: Readonly<Record<number, string>>) {
    this.known = known;
  }

  has(field: number): boolean {
    return this.known[field] !== undefined;
  }

  see({ field, start, stop }: WireReader): void {
    this.places[field] = [start, stop];
  }

  /** @throws {TricastError} `invalid-input` for one that is too long. */
  read(bytes: Uint8Array): Readonly<Record<number, string>> {
    const read: Record<number, string> = {};
    for (const [field, [start, stop]] of Object.entries(this.places)) {
      if (stop - start > MOST_NAME_BYTES) {
        const what = `${this.known[Number(field)]} has ${stop - start} bytes; the limit is ${MOST_NAME_BYTES}`;
        throw new TricastError("invalid-input", what);
      }
      read[Number(field)] = textIn(bytes, start, stop);
    }
    return read;
  }
}

function readNames(reader: WireReader, known: Readonly<Record<number, string>>): Readonly<Record<number, string>> {
  const names = new NameFields(known);
  while (reader.next()) {
    if (reader.type === BYTES && names.has(reader.field)) names.see(reader);
    else reader.skip();
  }
  return names.read(reader.bytes);
}

function readTensor(reader: WireReader, index: number, budget: MemoryBudget): TensorMessage {
  const names = new NameFields({ 1: "name", 2: "datatype" });
  const shape: number[] = [];
  let dimensions = 0;
  const addDimension = (number: WireReader): void => {
    number.varint();
    if (++dimensions <= MOST_DIMENSIONS) shape.push((number.high | 0) * 2 ** 32 + number.low);
  };
  let contents: TypedContents | undefined;
  while (reader.next()) {
    const { field, type } = reader;
    if (type === BYTES && field <= 2) names.see(reader);
    else if (field === 3 && type === VARINT) addDimension(reader);
    else if (field === 3 && type === BYTES) for (const packed = inner(reader); packed.more; ) addDimension(packed);
    else if (field === 5 && type === BYTES) contents = new TypedContents(reader, budget);
    else reader.skip(field === 4);
  }
  const { 1: name = "", 2: datatype = "" } = names.read(reader.bytes);
  if (dimensions > MOST_DIMENSIONS) {
    const location = { name, pointer: `/inputs/${index}/shape` };
    throw wrongTensor(location, `at most ${MOST_DIMENSIONS} dimensions`, String(dimensions));
  }
  return { name, datatype, shape, contents };
}

/** `map<string, InferParameter>` is a list of messages with a key and a value. */
function readEntry(reader: WireReader): readonly [string, Parameter] {
  const names = new NameFields({ 1: "a parameter's name" });
  let value: Parameter = "";
  while (reader.next()) {
    if (reader.type === BYTES && reader.field === 1) names.see(reader);
    else if (reader.type === BYTES && reader.field === 2) value = readParameter(inner(reader));
    else reader.skip();
  }
  return [names.read(reader.bytes)[1] ?? "", value];
}

/** `InferParameter`, whose fields exclude each other: the last counts. */
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
