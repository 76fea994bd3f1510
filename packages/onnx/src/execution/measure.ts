import type { TricastError } from "@tricast/core";
import type { Feeds } from "../feeds.ts";
import type { Fetches, Outputs } from "../model.ts";
import { isEven, rowCount, stackFeeds, takeRows } from "../stacking.ts";
import { float16Bits, float16Value } from "../tensor/float16.ts";
import { elementCount, Tensor } from "../tensor/tensor.ts";
import { ARRAY_OF, isFloat, type NumericTensorData, type TensorData, type TensorType } from "../tensor/types.ts";
import type { TimedRows } from "./batch-limit.ts";
import { isFailed, type Lane, type Ran } from "./lane.ts";

/** What timing joined runs may take; one that would not fit is not begun. */
const BUDGET_MS = 150;
const SINGLE_RUNS = 15;
const SINGLE_MS = 25;
const JOINED_RUNS = 4;
/** How many requests may share a run, and which of these sizes are timed: the others lie on the line through them. */
const SIZES = [1, 2, 4, 8, 16, 32, 64];
const TIMED_SIZES = [8, 32, 64];
/** A batch of a slow model may take as long as so many single runs. */
const LONGEST_IN_RUNS = 5;
/**
 * Of an output's largest magnitude. Rounding differs with the number of rows, and adds up in deep graphs; what rows do to
 * each other is larger.
 */
const TOLERANCE = 1e-4;
const TOLERANCE_HALF = 4e-3;

export interface Measured {
  /** One run of one request's inputs, at its fastest: what else the machine does only adds to it. */
  readonly runMs: number;
  /** Rows in that request. */
  readonly rows: number;
  /** What runs of more and more rows take; empty where none may be shared. */
  readonly timed: readonly TimedRows[];
  /** What a batch may take. */
  readonly longestBatchMs: number;
  /** Why rows may not share a run, however many there are. */
  readonly unbatchable: string | undefined;
}

export interface MeasureRequest {
  readonly lane: Lane;
  /** A request that has been answered. */
  readonly feeds: Feeds;
  readonly fetches: Fetches;
  /** Whether the graph declares a leading dimension of any size everywhere. */
  readonly batchable: boolean;
  /** Batches are not made to take longer than this, or than {@link LONGEST_IN_RUNS}. */
  readonly longestBatchMs: number;
  /** A model whose runs take longer is not for this lane, and is measured no further. */
  readonly slowestRunMs: number;
}

/**
 * Finds out on one request's inputs how long the model takes, whether its rows keep apart, and how many of them to join.
 * @throws {TricastError} what a single run fails with.
 */
export async function measure(request: MeasureRequest): Promise<Measured> {
  const { feeds, fetches, lane } = request;
  const runMs = await fastestOf(SINGLE_RUNS, SINGLE_MS, () => runOnce(lane, feeds, fetches));
  const rows = rowCount(feeds);
  const longestBatchMs = Math.max(request.longestBatchMs, LONGEST_IN_RUNS * runMs);
  const single = { runMs, rows, timed: [], longestBatchMs, unbatchable: undefined };
  if (!request.batchable || !isEven(feeds) || rows === 0 || runMs > request.slowestRunMs) return single;
  const check = await checkRows(lane, feeds, fetches);
  if ("unbatchable" in check) return { ...single, unbatchable: check.unbatchable };
  const timed = await timeSizes({ ...request, longestBatchMs }, { size: 1, ms: runMs }, check);
  // A model just loaded is slower at first: its pages come into memory, and its weights into the caches.
  const warmMs = Math.min(runMs, await fastestOf(SINGLE_RUNS, SINGLE_MS, () => runOnce(lane, feeds, fetches)));
  const msOf = lineThrough([{ size: 1, ms: warmMs }, ...timed]);
  return { ...single, runMs: warmMs, timed: SIZES.map((size) => ({ rows: size * rows, ms: msOf(size) })) };
}

/** That many requests in one run took so long. */
interface Timed {
  readonly size: number;
  readonly ms: number;
}

/** @param first What the check of the rows took, for a model too slow to be timed any further. */
async function timeSizes({ lane, feeds, fetches, longestBatchMs }: MeasureRequest, one: Timed, first: Timed) {
  const until = performance.now() + BUDGET_MS;
  const timed: Timed[] = [];
  for (const size of TIMED_SIZES) {
    const left = until - performance.now();
    const expectedMs = lineThrough([one, timed.at(-1) ?? first])(size);
    if (expectedMs > longestBatchMs || expectedMs * 2 > left) break;
    const joined = stackFeeds(new Array<Feeds>(size).fill(feeds));
    timed.push({ size, ms: await fastestOf(JOINED_RUNS, left / 2, () => runOnce(lane, joined, fetches)) });
  }
  return timed.length > 0 ? timed : [first];
}

/** Something for every run and something for every row: least squares, and more rows never take less time. */
function lineThrough(timed: readonly Timed[]): (size: number) => number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanSize, meanMs] = [mean(timed.map(({ size }) => size)), mean(timed.map(({ ms }) => ms))];
  const together = mean(timed.map(({ size, ms }) => (size - meanSize) * (ms - meanMs)));
  const spread = mean(timed.map(({ size }) => (size - meanSize) ** 2));
  const perRequest = Math.max(0, together / spread);
  return (size) => Math.max(timed[0]!.ms, meanMs + perRequest * (size - meanSize));
}

async function fastestOf(most: number, budgetMs: number, run: () => Promise<Ran>): Promise<number> {
  const until = performance.now() + budgetMs;
  // The first run on a new shape plans its memory.
  const first = await run();
  const times: number[] = [];
  while (times.length < most && performance.now() < until) times.push((await run()).ms);
  return times.length === 0 ? first.ms : Math.min(...times);
}

/** A turn of the event loop passes before each run, so that measuring on the main thread does not stop it. */
async function runOnce(lane: Lane, feeds: Feeds, fetches: Fetches): Promise<Ran> {
  await new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve, reject: (error: TricastError) => void) => {
    lane.run(feeds, fetches, (outcome) => (isFailed(outcome) ? reject(outcome.error) : resolve(outcome)));
  });
}

/**
 * Why rows that share a run do not answer as they would alone, or how long a shared run took. Tried on the request's
 * inputs and a variation of them: a mean or a softmax over the batch, a sequence that leads, a state carried from row to
 * row, or a scale taken from all rows (dynamic quantisation) shows itself.
 */
async function checkRows(
  lane: Lane,
  feeds: Feeds,
  fetches: Fetches,
): Promise<Timed | { readonly unbatchable: string }> {
  const other = await varied(lane, feeds, fetches);
  const all = [feeds, other.feeds, feeds];
  const alone = await runOnce(lane, feeds, fetches);
  let together: Ran;
  try {
    together = await runOnce(lane, stackFeeds(all), fetches);
  } catch (error) {
    const said = (error as Error).message;
    return { unbatchable: `a run of ${all.length} requests fails where each alone does not: ${said}` };
  }
  const rows = rowCount(feeds);
  const wrong = misshapen(together.outputs, rows * all.length);
  if (wrong !== undefined) return { unbatchable: wrong };
  for (const [index, expected] of [alone.outputs, other.outputs, alone.outputs].entries()) {
    const name = differing(expected, takeRows(together.outputs, index * rows, (index + 1) * rows));
    if (name === undefined) continue;
    return { unbatchable: `output ${JSON.stringify(name)} of a row depends on the other rows of its run` };
  }
  return { size: all.length, ms: together.ms };
}

/** Says what is wrong with outputs that do not have one row for each row that went in. */
export function misshapen(outputs: Outputs, rows: number): string | undefined {
  for (const name in outputs) {
    const { dims } = outputs[name]!;
    if (dims[0] !== rows)
      return `${rows} rows went in, and output ${JSON.stringify(name)} came out as [${dims.join(", ")}]`;
  }
  return undefined;
}

/** Other inputs that the graph takes: backwards, and floats halved; the same inputs where it does not take those. */
async function varied(lane: Lane, feeds: Feeds, fetches: Fetches): Promise<{ feeds: Feeds; outputs: Outputs }> {
  const other = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, variation(tensor)]));
  try {
    return { feeds: other, outputs: (await runOnce(lane, other, fetches)).outputs };
  } catch {
    return { feeds, outputs: (await runOnce(lane, feeds, fetches)).outputs };
  }
}

function variation({ type, data, dims }: Tensor): Tensor {
  if (type === "string") return new Tensor(type, [...(data as readonly string[])].reverse(), dims);
  const length = elementCount(dims);
  const values = new ARRAY_OF[type](length);
  const source = data as NumericTensorData;
  for (let index = 0; index < length; index++) values[index] = vary(type, source[length - 1 - index]!) as never;
  return new Tensor(type, values as TensorData, dims);
}

function vary(type: TensorType, value: number | bigint): number | bigint {
  if (!isFloat(type)) return value;
  return type === "float16" ? float16Bits(float16Value(value as number) / 2) : (value as number) / 2;
}

/** The first output that is not the same but for rounding. */
export function differing(expected: Outputs, actual: Outputs): string | undefined {
  return Object.keys(expected).find((name) => !isClose(expected[name]!, actual[name]!));
}

function isClose(expected: Tensor, actual: Tensor): boolean {
  if (expected.data.length !== actual.data.length) return false;
  if (!isFloat(expected.type)) return expected.data.every((value, index) => value === actual.data[index]);
  const read = expected.type === "float16" ? float16Value : Number;
  const tolerance = expected.type === "float16" ? TOLERANCE_HALF : TOLERANCE;
  const [left, right] = [expected.data as Float32Array, actual.data as Float32Array].map((data) =>
    Array.from(data, read),
  );
  const largest = left!.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  return left!.every((value, index) => {
    const other = right![index]!;
    return Object.is(value, other) || Math.abs(value - other) <= tolerance * largest;
  });
}
