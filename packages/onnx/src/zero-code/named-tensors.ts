import type { NamedTensor } from "@tricast/core/adapter";
import { type FeedReader, type Feeds, invalidTensor, isProblems } from "../feeds.ts";
import type { OnnxValueInfo } from "../metadata.ts";
import type { Outputs } from "../runner.ts";
import { OIP_DATATYPE } from "../tensor/datatypes.ts";
import { explainElement, type NonFinite, ROW_WRITER } from "../tensor/elements.ts";
import { checkFinite, sameElements } from "../tensor/from-value.ts";
import { Mismatch, show } from "../tensor/mismatch.ts";
import { checkDims } from "../tensor/shape.ts";
import { elementCount, isTensor, Tensor } from "../tensor/tensor.ts";
import type { TensorData, TensorType } from "../tensor/types.ts";

/**
 * The tensors of a protocol as the graph's inputs, without a copy.
 * @param defaults Values of the inputs that may be missing.
 * @throws {TricastError} `invalid-tensor`, with all problems, by input.
 */
export function fromNamedTensors(
  reader: FeedReader,
  given: readonly NamedTensor[],
  nonFinite: NonFinite,
  defaults: Feeds,
): Feeds {
  const byName: Record<string, NamedTensor> = {};
  const twice: Mismatch[] = [];
  for (const tensor of given) {
    if (Object.hasOwn(byName, tensor.name))
      twice.push(new Mismatch("the request contains the input twice", [tensor.name]));
    // Not by assignment: a client may send an input with the name __proto__.
    Object.defineProperty(byName, tensor.name, { value: tensor, enumerable: true, configurable: true });
  }
  const feeds = reader.read({ ...defaults, ...byName }, (info, value) =>
    isTensor(value) ? value : toTensor(info, value as NamedTensor, nonFinite),
  );
  if (isProblems(feeds)) throw invalidTensor([...twice, ...feeds]);
  if (twice.length > 0) throw invalidTensor(twice);
  return feeds;
}

export function toNamedTensors(outputs: Outputs, names: readonly string[]): NamedTensor[] {
  return names.map((name) => {
    const { type, data, dims } = outputs[name]!;
    return { name, datatype: OIP_DATATYPE[type], shape: dims, data };
  });
}

function toTensor({ type, shape }: OnnxValueInfo, given: NamedTensor, nonFinite: NonFinite): Tensor | Mismatch {
  const expected = OIP_DATATYPE[type];
  if (given.datatype !== expected) return new Mismatch(`expected ${expected}, got ${show(given.datatype)}`);
  const wrong = wrongShape(given) ?? checkDims(shape, given.shape);
  if (wrong !== undefined) return wrong;
  const data = elementsOf(type, given);
  if (data instanceof Mismatch) return data;
  if (data.length !== elementCount(given.shape)) return wrongLength(given, data.length);
  return checkFinite(type, data, nonFinite) ?? new Tensor(type, data, given.shape);
}

function wrongShape({ shape }: NamedTensor): Mismatch | undefined {
  const bad = shape.find((dim) => !Number.isSafeInteger(dim) || dim < 0);
  if (bad === undefined) return undefined;
  return new Mismatch(`shape [${shape.join(", ")}] has a dimension ${bad}; expected whole numbers from 0 on`);
}

function wrongLength({ shape }: NamedTensor, length: number): Mismatch {
  return new Mismatch(`shape [${shape.join(", ")}] has ${elementCount(shape)} elements, but the data has ${length}`);
}

function elementsOf(type: TensorType, { datatype, data }: NamedTensor): TensorData | Mismatch {
  if (type === "string") return Array.isArray(data) ? checkedStrings(data) : wrongKind("an array of strings", data);
  if (!ArrayBuffer.isView(data)) return wrongKind(`the typed array of ${datatype}`, data);
  if (type === "bool") return checkedBools(data);
  return sameElements(type, data) ?? wrongKind(`the typed array of ${datatype}`, data);
}

/** The writer copies strings and checks them. */
function checkedStrings(data: readonly string[]): readonly string[] | Mismatch {
  const copy = new Array<string>(data.length);
  const bad = ROW_WRITER.string(data, copy as never, 0, "allow");
  return bad < 0 ? copy : new Mismatch(explainElement("string", data[bad], "allow"), [bad]);
}

function checkedBools(data: ArrayBufferView): Uint8Array | Mismatch {
  if (!(data instanceof Uint8Array)) return wrongKind("a Uint8Array", data);
  const bad = data.findIndex((byte) => byte > 1);
  return bad < 0 ? data : new Mismatch(explainElement("bool", data[bad], "allow"), [bad]);
}

function wrongKind(expected: string, data: unknown): Mismatch {
  const seen = (data as { constructor?: { name?: string } } | null)?.constructor?.name ?? typeof data;
  return new Mismatch(`expected ${expected}, got ${seen}`);
}
