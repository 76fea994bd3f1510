import type { SchemaIssue, SchemaResult, StandardSchema, ZeroCode } from "@tricast/core";
import { invalidTensor } from "../feeds.ts";
import type { LoadedModel } from "../model.ts";
import type { Mismatch } from "../tensor/mismatch.ts";
import type { Nested, Tensor } from "../tensor/tensor.ts";
import { isInteger64 } from "../tensor/types.ts";
import { type Batch, groupBatches, rowCount, stack } from "./batch.ts";
import { inputSchema, outputSchema } from "./json-schema.ts";
import { isBatchable, ParsedInput, parseInput } from "./rows.ts";
import { sampleInput } from "./sample.ts";

type JsonTensor = Nested<number | bigint | boolean | string>;
/** One nested list per output name; a single value for a row of an output of rank 1. */
export type ZeroCodeOutput = Readonly<Record<string, JsonTensor>>;

/**
 * Serves a graph's own inputs and outputs.
 *
 * An input is an object by input name; a graph with one input also takes the tensor itself, or its bytes
 * (little-endian, row-major). When every input and output has a leading dimension of any size, each tensor may be one
 * row without it, and the answer then lacks it too. `predictBatch` gives each instance what `predict` would give it:
 * instances are joined along the leading dimension, run once per group of equal tail shapes, and split again.
 */
export function zeroCode(model: LoadedModel, batching: "auto" | "off"): ZeroCode<ParsedInput, ZeroCodeOutput> {
  const { inputs, outputs, nonFinite } = model;
  const batchable = batching === "auto" && isBatchable(inputs, outputs);
  // A number that JSON read as infinity was out of range; a client's own infinity is spelled.
  const setting = {
    reader: model.reader,
    batchable,
    nonFinite: nonFinite === "allow" ? "spelled" : nonFinite,
  } as const;
  const parse = (body: unknown): ParsedInput | readonly Mismatch[] =>
    body instanceof ParsedInput ? body : parseInput(body, setting);

  return {
    input: standardSchema(parse),
    inputJsonSchema: inputSchema(inputs, { batchable, nonFinite }),
    outputJsonSchema: outputSchema(outputs, batchable),
    exactIntegers: [...inputs, ...outputs].some(({ type }) => isInteger64(type)),
    batchable,
    async predict(input) {
      return runOne(model, parseAll([input], parse, () => [])[0]!);
    },
    async predictBatch(bodies, { signal }) {
      const parsed = parseAll(bodies, parse, (index) => [index]);
      const answers = new Array<ZeroCodeOutput>(parsed.length);
      for (const batch of batchable ? groupBatches(parsed) : parsed.map(alone)) {
        signal.throwIfAborted();
        runBatch(model, batch, answers);
      }
      return answers;
    },
    sample: () => sampleInput(inputs),
  };
}

function standardSchema(
  parse: (body: unknown) => ParsedInput | readonly Mismatch[],
): StandardSchema<unknown, ParsedInput> {
  const validate = (value: unknown): SchemaResult<ParsedInput> => {
    const parsed = parse(value);
    return parsed instanceof ParsedInput ? { value: parsed } : { issues: parsed.map(toIssue) };
  };
  return { "~standard": { version: 1, vendor: "tricast", validate } };
}

function toIssue({ message, path }: Mismatch): SchemaIssue {
  return { message, path };
}

/** Bodies that did not pass the schema before; `under` places an issue in the request. */
function parseAll(
  bodies: readonly unknown[],
  parse: (body: unknown) => ParsedInput | readonly Mismatch[],
  under: (index: number) => readonly number[],
): ParsedInput[] {
  const problems: Mismatch[] = [];
  const parsed: ParsedInput[] = [];
  for (const [index, body] of bodies.entries()) {
    const result = parse(body);
    if (result instanceof ParsedInput) parsed.push(result);
    else problems.push(...result.map((problem) => under(index).reduce((inner, key) => inner.under(key), problem)));
  }
  if (problems.length > 0) throw invalidTensor(problems);
  return parsed;
}

function alone(input: ParsedInput, position: number): Batch {
  return { members: [{ input, position }] };
}

function runOne(model: LoadedModel, input: ParsedInput): ZeroCodeOutput {
  const results = model.runTensors(input.feeds);
  return mapTensors(results, (tensor) => {
    const full = tensor.toJSON();
    return input.row && tensor.dims[0] === 1 ? (full as readonly JsonTensor[])[0]! : full;
  });
}

function runBatch(model: LoadedModel, batch: Batch, answers: ZeroCodeOutput[]): void {
  const total = batch.members.reduce((rows, { input }) => rows + rowCount(input), 0);
  const results = batch.members.length > 1 ? model.runTensors(stack(batch)) : undefined;
  // A graph that mixes rows, or drops some, cannot be split again: its members run by themselves.
  if (results === undefined || !Object.values(results).every(({ dims }) => dims[0] === total)) {
    for (const { input, position } of batch.members) answers[position] = runOne(model, input);
    return;
  }
  const lists = mapTensors(results, (tensor) => tensor.toJSON()) as Record<string, readonly JsonTensor[]>;
  let start = 0;
  for (const { input, position } of batch.members) {
    const end = start + rowCount(input);
    answers[position] = takeRows(lists, start, end, input.row);
    start = end;
  }
}

function takeRows(
  lists: Readonly<Record<string, readonly JsonTensor[]>>,
  start: number,
  end: number,
  row: boolean,
): ZeroCodeOutput {
  const taken: Record<string, JsonTensor> = {};
  for (const name in lists) taken[name] = row ? lists[name]![start]! : lists[name]!.slice(start, end);
  return taken;
}

function mapTensors(
  tensors: Readonly<Record<string, Tensor>>,
  convert: (tensor: Tensor) => JsonTensor,
): Record<string, JsonTensor> {
  const mapped: Record<string, JsonTensor> = {};
  for (const name in tensors) mapped[name] = convert(tensors[name]!);
  return mapped;
}
