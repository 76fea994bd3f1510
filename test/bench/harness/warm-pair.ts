import { isDisturbed, waitForQuiet, watchNeighbours } from "./quiet.ts";
import { rotate } from "./rotate.ts";

/** One way to do the work. `args` makes the arguments of one call, fresh each time; making them is not timed. */
export interface Side<Args extends readonly unknown[]> {
  call(...args: Args): Promise<unknown>;
}

export interface WarmPairOptions {
  readonly rounds: number;
  /** Each side is warmed up with at least so many calls, and for at least so long: the optimiser works in the background. */
  readonly warmupCalls: number;
  readonly warmupMs: number;
  /** Length of one side's batch in a round. Both sides make the same number of calls. */
  readonly batchMs: number;
}

export interface WarmPair {
  /** Microseconds a call, one number a round. */
  readonly baseline: readonly number[];
  readonly contender: readonly number[];
  readonly callsPerBatch: number;
  /** Rounds thrown away because other processes used the cores meanwhile. */
  readonly disturbed: number;
}

/** Arguments are made for so many calls at a time, so that they are as young as those a runtime client passes. */
const CHUNK = 50;

/** Longest wait for quiet before each round. */
const QUIET_MS = 500;
const DISTURBED_PER_ROUND = 2;

/** Times two sides in one process: interleaved, order rotated, garbage collected before each batch. */
export async function timeWarmPair<Args extends readonly unknown[]>(
  baseline: Side<Args>,
  contender: Side<Args>,
  args: () => Args,
  { rounds, batchMs, ...warmup }: WarmPairOptions,
): Promise<WarmPair> {
  await warmUp(baseline, args, warmup);
  const contenderUs = await warmUp(contender, args, warmup);
  const callsPerBatch = roundUp(Math.min(10_000, (batchMs * 1000) / contenderUs), CHUNK);
  const sides = [baseline, contender] as const;
  const samples: Round<Args>[] = [];
  let disturbed = 0;
  while (samples.length < rounds) {
    await waitForQuiet(QUIET_MS);
    const neighbours = watchNeighbours();
    const round = await timeRound(sides, args, callsPerBatch, samples.length);
    // Neighbours that never rest must not keep a benchmark from ending.
    if (isDisturbed(neighbours()) && disturbed < rounds * DISTURBED_PER_ROUND) disturbed++;
    else samples.push(round);
  }
  return {
    baseline: samples.map((round) => round.get(baseline) as number),
    contender: samples.map((round) => round.get(contender) as number),
    callsPerBatch,
    disturbed,
  };
}

type Round<Args extends readonly unknown[]> = Map<Side<Args>, number>;

/** Microseconds a call of each side. */
async function timeRound<Args extends readonly unknown[]>(
  sides: readonly Side<Args>[],
  args: () => Args,
  calls: number,
  round: number,
): Promise<Round<Args>> {
  const times: Round<Args> = new Map();
  for (const side of rotate(sides, round)) {
    collectGarbage();
    // A full collection also throws away optimised code whose hidden classes have no object left; V8 makes it anew
    // within these calls, which are not the steady state that is wanted.
    await timeCalls(side, args, calls / 2);
    times.set(side, await timeCalls(side, args, calls));
  }
  return times;
}

/** Microseconds a call, at the end of it. */
async function warmUp<Args extends readonly unknown[]>(
  side: Side<Args>,
  args: () => Args,
  { warmupCalls, warmupMs }: Pick<WarmPairOptions, "warmupCalls" | "warmupMs">,
): Promise<number> {
  const started = performance.now();
  let microseconds = await timeCalls(side, args, warmupCalls);
  while (performance.now() - started < warmupMs) microseconds = await timeCalls(side, args, CHUNK * 10);
  return microseconds;
}

/** Microseconds a call. */
async function timeCalls<Args extends readonly unknown[]>(
  side: Side<Args>,
  args: () => Args,
  calls: number,
): Promise<number> {
  let nanoseconds = 0;
  for (let done = 0; done < calls; done += CHUNK) {
    const chunk = Array.from({ length: CHUNK }, args);
    const started = process.hrtime.bigint();
    for (const one of chunk) await side.call(...one);
    nanoseconds += Number(process.hrtime.bigint() - started);
  }
  return nanoseconds / roundUp(calls, CHUNK) / 1000;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error("Run with --expose-gc");
  globalThis.gc();
}
