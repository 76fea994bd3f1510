import { isTricastError, type StandardSchema, TricastError } from "@tricast/core";
import { isPromise, type ModelMetadata, type SchemaResult, type ZeroCode } from "@tricast/core/adapter";
import { invalidTensor } from "../feeds.ts";
import { RowJoins } from "../joining/row-joins.ts";
import type { AnyLoadedModel, OnnxModel } from "../model.ts";
import type { OnnxRunOptions, Outputs } from "../runner.ts";
import { rowCount, stackFeeds } from "../stacking.ts";
import type { Mismatch } from "../tensor/mismatch.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { isInteger64, type Nested } from "../tensor/types.ts";
import { Answers } from "./answers.ts";
import { blaming } from "./bad-data.ts";
import { type Batch, groupBatches } from "./batch.ts";
import { describeGraph } from "./describe-graph.ts";
import { inputSchema, outputSchema } from "./json-schema.ts";
import { fromNamedTensors, toNamedTensors } from "./named-tensors.ts";
import { isBatchable, ParsedInput, parseInput } from "./rows.ts";
import { tensorsOf, withLists } from "./sequences.ts";
import { warmUp } from "./warm-up.ts";

type JsonTensor = Nested<number | bigint | boolean | string>;
/** One nested list per output name; a single value for a row of an output of rank 1. */
export type ZeroCodeOutput = Readonly<Record<string, JsonTensor>>;

/**
 * Serves a graph's own inputs and outputs.
 *
 * An input is an object by input name. A graph with one input also accepts the tensor itself, or its bytes
 * (little-endian, row-major). When every input and output has a leading dimension of any size, each tensor may be one
 * row without it, and the answer then lacks it too. Each instance gets the same answer from `predictBatch` as from
 * `predict`: where rows of the graph are independent, instances are joined along the leading dimension, run once per
 * group of equal tail shapes, and split again. Otherwise each runs alone.
 */
export function zeroCode(model: AnyLoadedModel): ZeroCode<ParsedInput, ZeroCodeOutput> {
  const { inputs, nonFinite, origin } = model;
  const { defaults = {}, sequences = [] } = origin.form;
  const outputs = tensorsOf(model);
  const required = inputs.filter(({ name }) => !Object.hasOwn(defaults, name));
  SERVED.add(model);
  const batchable = origin.batching !== "off" && sequences.length === 0 && isBatchable(required, outputs);
  const joins = model.joins ?? new RowJoins(model.origin, model);
  // A number that JSON read as infinity was out of range. Clients send infinity as a string.
  const setting = {
    reader: model.reader,
    required,
    defaults,
    batchable,
    nonFinite: nonFinite === "allow" ? "spelled" : nonFinite,
  } as const;
  const mayJoin = (instances: number): boolean => {
    if (instances < 2) return false;
    joins.report();
    return joins.allows(model.allOutputs);
  };
  const parse: Parse = (body) => (body instanceof ParsedInput ? body : parseInput(body, setting));

  return {
    input: standardSchema(parse),
    inputJsonSchema: inputSchema(inputs, { required, batchable, nonFinite }),
    outputJsonSchema: outputSchema(outputs, batchable, sequences),
    exactIntegers: [...inputs, ...model.outputs].some(({ type }) => isInteger64(type)),
    batchable,
    async predict(input, options) {
      const parsed = parseAll([input], parse, () => [])[0]!;
      return blaming(model, () => runOne(model, parsed, options));
    },
    async predictBatch(bodies, options) {
      const parsed = parseAll(bodies, parse, (index) => [index]);
      const answers = new Answers<ZeroCodeOutput>(model, parsed.length);
      const batches = mayJoin(parsed.length) ? groupBatches(parsed) : parsed.map(alone);
      await eachOf(batches, (batch) => {
        options.signal.throwIfAborted();
        return runBatch(model, batch, answers, options);
      });
      return answers.all();
    },
    async infer(tensors, names, options) {
      // A protocol that requires the list sends an empty one.
      const wanted = names?.length ? names : outputs.map(({ name }) => name);
      if (wanted.length === 0) throw onlySequences(sequences);
      const fetches = wanted === names || sequences.length > 0 ? model.fetchesFor(wanted) : undefined;
      const feeds = fromNamedTensors(model.reader, tensors, nonFinite, defaults);
      const results = await blaming(model, () => model.runTensors(feeds, fetches, options));
      return toNamedTensors(results, wanted);
    },
    async warmUp(all = false) {
      await warmUp(model, async (input) => runOne(model, parseAll([input], parse, () => [])[0]!), all);
    },
  };
}

function onlySequences(names: readonly string[]): TricastError {
  const why = `its outputs are sequences (${names.join(", ")}), which are not tensors; ask for them at /predict`;
  return new TricastError("not-implemented", `The model cannot be asked for tensors: ${why}`);
}

/** Models that serve themselves. */
const SERVED = new WeakSet<OnnxModel>();

/** The metadata of a model that serves itself. */
export function describeServed(model: OnnxModel): ModelMetadata | undefined {
  return SERVED.has(model) ? describeGraph(model as AnyLoadedModel) : undefined;
}

type Parse = (body: unknown) => ParsedInput | readonly Mismatch[];

function standardSchema(parse: Parse): StandardSchema<unknown, ParsedInput> {
  const validate = (value: unknown): SchemaResult<ParsedInput> => {
    const parsed = parse(value);
    return parsed instanceof ParsedInput ? { value: parsed } : { issues: parsed };
  };
  return { "~standard": { version: 1, vendor: "tricast", validate } };
}

/** Parses bodies that are not validated yet; `under` is the path of a body in the request. */
function parseAll(
  bodies: readonly unknown[],
  parse: Parse,
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

type RunOptions = Pick<OnnxRunOptions, "signal">;

/** Batches of one request that wait at a time: enough for all workers, and few enough for the queue. */
const AT_ONE_TIME = 8;

async function eachOf(batches: readonly Batch[], work: (batch: Batch) => void | Promise<void>): Promise<void> {
  let next = 0;
  const takeNext = async (): Promise<void> => {
    while (next < batches.length) await work(batches[next++]!);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONE_TIME, batches.length) }, takeNext));
  } finally {
    // After a failure, the other batches are not started.
    next = batches.length;
  }
}

/** Does not return a promise where the run is synchronous: for a small model, a promise would cost part of the time. */
function runOne(
  model: AnyLoadedModel,
  input: ParsedInput,
  options?: RunOptions,
): ZeroCodeOutput | Promise<ZeroCodeOutput> {
  const results = model.runTensors(input.feeds, undefined, options);
  return isPromise(results) ? results.then((late) => toAnswer(late, input, model)) : toAnswer(results, input, model);
}

function toAnswer(results: Outputs, input: ParsedInput, { origin }: AnyLoadedModel): ZeroCodeOutput {
  const { sequences = [] } = origin.form;
  if (sequences.length > 0) return withLists(results, sequences);
  return mapTensors(results, (tensor) => {
    const full = tensor.toJSON();
    return input.row && tensor.dims[0] === 1 ? (full as readonly JsonTensor[])[0]! : full;
  });
}

async function runBatch(
  model: AnyLoadedModel,
  batch: Batch,
  answers: Answers<ZeroCodeOutput>,
  options: RunOptions,
): Promise<void> {
  const { members } = batch;
  const lists = members.length > 1 ? await runJoined(model, members, options) : undefined;
  if (lists === undefined) {
    for (const { input, position } of members) await answers.add(position, () => runOne(model, input, options));
    return;
  }
  let start = 0;
  for (const { input, position } of members) {
    const end = start + rowCount(input.feeds);
    answers.set(position, takeRows(lists, start, end, input.row));
    start = end;
  }
}

/** `undefined` where each member has to run alone: the run failed, perhaps by one of them, or the graph mixes or drops rows. */
async function runJoined(
  model: AnyLoadedModel,
  members: Batch["members"],
  options: RunOptions,
): Promise<Lists | undefined> {
  const total = members.reduce((rows, { input }) => rows + rowCount(input.feeds), 0);
  try {
    const results = await model.runTensors(stackFeeds(members.map(({ input }) => input.feeds)), undefined, options);
    if (!Object.values(results).every(({ dims }) => dims[0] === total)) return undefined;
    return mapTensors(results, (tensor) => tensor.toJSON()) as Lists;
  } catch (error) {
    if (!isTricastError(error) || error.code !== "predict-failed") throw error;
    return undefined;
  }
}

type Lists = Readonly<Record<string, readonly JsonTensor[]>>;

function takeRows(lists: Lists, start: number, end: number, row: boolean): ZeroCodeOutput {
  const taken: Record<string, JsonTensor> = {};
  for (const name in lists) taken[name] = row ? lists[name]![start]! : lists[name]!.slice(start, end);
  return taken;
}

function mapTensors(tensors: Outputs, convert: (tensor: Tensor) => JsonTensor): Record<string, JsonTensor> {
  const mapped: Record<string, JsonTensor> = {};
  for (const name in tensors) mapped[name] = convert(tensors[name]!);
  return mapped;
}
