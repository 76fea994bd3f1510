import { type ConvertInput, type FeedReader, type Feeds, isProblems } from "../feeds.ts";
import { type OnnxValueInfo, UNNAMED } from "../metadata.ts";
import type { NonFinite } from "../tensor/elements.ts";
import { toTensor } from "../tensor/from-value.ts";
import { isList, Mismatch } from "../tensor/mismatch.ts";
import { nestedDims, type Shape, showShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { fromBytes } from "./from-bytes.ts";

/** One request's input as tensors that all have the graph's full rank. */
export class ParsedInput {
  readonly feeds: Feeds;
  /** Whether it is one row without the leading dimension, which the answer then lacks too. */
  readonly row: boolean;

  constructor(feeds: Feeds, row: boolean) {
    this.feeds = feeds;
    this.row = row;
  }
}

/**
 * Whether instances can be joined along the leading dimension: every input and output has one of any size, and the
 * leading dimensions of the inputs have the same name.
 */
export function isBatchable(inputs: readonly OnnxValueInfo[], outputs: readonly OnnxValueInfo[]): boolean {
  const open = ({ shape }: OnnxValueInfo): boolean => typeof shape[0] === "string";
  const names = new Set(inputs.map(({ shape }) => shape[0]).filter((name) => name !== UNNAMED));
  return inputs.length > 0 && inputs.every(open) && outputs.every(open) && names.size <= 1;
}

interface ParseSetting {
  readonly reader: FeedReader;
  /** The inputs without those that a request may leave out. */
  readonly required: readonly OnnxValueInfo[];
  /** The values of the others. */
  readonly defaults: Feeds;
  readonly batchable: boolean;
  readonly nonFinite: NonFinite;
}

/**
 * Reads one input: an object by input name, or the bare tensor of a graph with a single input, or its bytes.
 *
 * Each tensor is full, nested as deep as the graph's shape. If the graph is batchable and the lists are less deep, it is
 * one row: the shape without its leading dimension, nested or as one flat list, or a single value for a row of one
 * element. Inputs are either all full or all one row. Bytes are always the full tensor.
 */
export function parseInput(body: unknown, setting: ParseSetting): ParsedInput | readonly Mismatch[] {
  const { required, batchable, nonFinite } = setting;
  const rows: string[] = [];
  const convert: ConvertInput = (info, value) => {
    if (!batchable || !required.includes(info) || nestedDims(value).length >= info.shape.length) {
      return toTensor(info.type, info.shape, value, nonFinite);
    }
    rows.push(info.name);
    return toRow(info, value, nonFinite);
  };
  const feeds = body instanceof Uint8Array ? readBytes(setting, body) : readBody(setting, body, convert);
  if (isProblems(feeds)) return feeds;
  if (rows.length === 0) return new ParsedInput(feeds, false);
  if (rows.length === required.length) return new ParsedInput(feeds, true);
  return [mixed(rows, required)];
}

function readBody(setting: ParseSetting, body: unknown, convert: ConvertInput): Feeds | readonly Mismatch[] {
  const { reader, required, defaults } = setting;
  const only = required.length === 1 ? required[0] : undefined;
  if (isObject(body)) return reader.read({ ...defaults, ...(body as object) }, convert);
  if (only === undefined) return reader.read(body, convert);
  const tensor = convert(only, body);
  return tensor instanceof Mismatch ? [tensor] : { [only.name]: tensor, ...defaults };
}

function readBytes(setting: ParseSetting, body: Uint8Array): Feeds | readonly Mismatch[] {
  const { required, defaults, nonFinite } = setting;
  const tensor = fromBytes(required, body, nonFinite);
  return tensor instanceof Mismatch ? [tensor] : { [required[0]!.name]: tensor, ...defaults };
}

function toRow(info: OnnxValueInfo, value: unknown, nonFinite: NonFinite): Tensor | Mismatch {
  const row = toTensor(info.type, info.shape.slice(1), value, nonFinite);
  if (row instanceof Mismatch) return row.path.length > 0 ? row : wrongRow(row, info.shape);
  return new Tensor(row.type, row.data, [1, ...row.dims]);
}

function wrongRow({ message }: Mismatch, shape: Shape): Mismatch {
  return new Mismatch(`${message} (for one row of ${showShape(shape)})`);
}

function mixed(rows: readonly string[], inputs: readonly OnnxValueInfo[]): Mismatch {
  const full = inputs.map(({ name }) => name).filter((name) => !rows.includes(name));
  return new Mismatch(
    `${rows.join(", ")} is one row, and ${full.join(", ")} has a leading dimension; send all inputs in the same form`,
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !isList(value);
}
