import type { Feeds } from "../feeds.ts";
import type { Fetches } from "../runner.ts";
import { isEven, rowCount, stackFeeds } from "../stacking.ts";
import type { TimedRows } from "./batch-limit.ts";
import type { Lane, Ran } from "./lane.ts";
import { probeRows } from "./probe-rows.ts";
import { runOnce } from "./run-once.ts";

/** Limit for timing joined runs. A run that would exceed it is not started. */
const BUDGET_MS = 150;
const SINGLE_RUNS = 15;
const SINGLE_MS = 25;
const JOINED_RUNS = 4;
/** Requests in a shared run, and the sizes that are timed: the others are interpolated. */
const SIZES = [1, 2, 4, 8, 16, 32, 64];
const TIMED_SIZES = [8, 32, 64];
/** A batch of a slow model may take as long as this many single runs. */
const LONGEST_IN_RUNS = 5;

export interface Measured {
  /** The fastest run of one request's inputs: other work on the machine only makes runs slower. */
  readonly runMs: number;
  /** Rows in that request. */
  readonly rows: number;
  /** Durations of runs by rows; empty where requests may not share runs. */
  readonly timed: readonly TimedRows[];
  /** Longest duration of a batch. */
  readonly longestBatchMs: number;
  /** Why rows may not share a run. */
  readonly unbatchable: string | undefined;
}

export interface MeasureRequest {
  readonly lane: Lane;
  /** Inputs of a request that the model has answered. */
  readonly feeds: Feeds;
  /** The outputs that the request asked for. */
  readonly fetches: Fetches;
  /** The outputs that may be computed in a shared run; `undefined` where requests may not share runs. */
  readonly joined: Fetches | undefined;
  /** Limit for batches, unless {@link LONGEST_IN_RUNS} allows more. */
  readonly longestBatchMs: number;
  /** Measuring stops for a model with slower runs, which belongs on another lane. */
  readonly slowestRunMs: number;
}

/**
 * Measures with one request's inputs how long the model takes, whether its rows are independent, and how many to join.
 * @throws {TricastError} the error of a single run.
 */
export async function measure(request: MeasureRequest): Promise<Measured> {
  const { feeds, fetches, lane } = request;
  const runMs = await fastestOf(SINGLE_RUNS, SINGLE_MS, () => runOnce(lane, feeds, fetches));
  const rows = rowCount(feeds);
  const longestBatchMs = Math.max(request.longestBatchMs, LONGEST_IN_RUNS * runMs);
  const single = { runMs, rows, timed: [], longestBatchMs, unbatchable: undefined };
  const { joined } = request;
  if (joined === undefined || !isEven(feeds) || rows === 0 || runMs > request.slowestRunMs) return single;
  const probed = await probeRows(lane, feeds, joined);
  if ("unbatchable" in probed) return { ...single, unbatchable: probed.unbatchable };
  const first = { size: probed.requests, ms: probed.ms };
  const timed = await timeSizes({ lane, feeds, fetches: joined, longestBatchMs }, { size: 1, ms: runMs }, first);
  // The first runs after a load are slower: pages are read into memory, and weights into the caches.
  const warmMs = Math.min(runMs, await fastestOf(SINGLE_RUNS, SINGLE_MS, () => runOnce(lane, feeds, fetches)));
  const msOf = lineThrough([{ size: 1, ms: warmMs }, ...timed]);
  return { ...single, runMs: warmMs, timed: SIZES.map((size) => ({ rows: size * rows, ms: msOf(size) })) };
}

/** The duration of a run of `size` requests. */
interface Timed {
  readonly size: number;
  readonly ms: number;
}

/** @param first The duration of the probe's run, for a model that is too slow for more. */
async function timeSizes(
  { lane, feeds, fetches, longestBatchMs }: Pick<MeasureRequest, "lane" | "feeds" | "fetches" | "longestBatchMs">,
  one: Timed,
  first: Timed,
): Promise<readonly Timed[]> {
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

/** A constant cost per run and a cost per row, by least squares. More rows never take less time. */
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
