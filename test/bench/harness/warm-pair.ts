import { rotate } from "./rotate.ts";

/** One way to do the work. `args` makes the arguments of one call, fresh each time; making them is not timed. */
export interface Side<Args extends readonly unknown[]> {
  call(...args: Args): Promise<unknown>;
}

export interface WarmPairOptions {
  readonly rounds: number;
  readonly warmupCalls: number;
  /** Length of one side's batch in a round. Both sides make the same number of calls. */
  readonly batchMs: number;
}

export interface WarmPair {
  /** Microseconds a call, one number a round. */
  readonly baseline: readonly number[];
  readonly contender: readonly number[];
  readonly callsPerBatch: number;
}

/** Arguments are made for so many calls at a time, so that they are as young as those a runtime client passes. */
const CHUNK = 50;

/** Times two sides in one process: interleaved, order rotated, garbage collected before each batch. */
export async function timeWarmPair<Args extends readonly unknown[]>(
  baseline: Side<Args>,
  contender: Side<Args>,
  args: () => Args,
  { rounds, warmupCalls, batchMs }: WarmPairOptions,
): Promise<WarmPair> {
  await timeCalls(baseline, args, warmupCalls);
  await timeCalls(contender, args, warmupCalls);
  const slower = await timeCalls(contender, args, warmupCalls);
  const callsPerBatch = roundUp(Math.min(10_000, Math.max(CHUNK, (batchMs * 1000) / slower)), CHUNK);
  const samples = { baseline: [] as number[], contender: [] as number[] };
  const sides = [
    { side: baseline, into: samples.baseline },
    { side: contender, into: samples.contender },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { side, into } of rotate(sides, round)) {
      collectGarbage();
      // A full collection also throws away optimised code whose hidden classes have no object left; V8 makes it anew
      // within these calls, which are not the steady state that is wanted.
      await timeCalls(side, args, callsPerBatch / 2);
      into.push(await timeCalls(side, args, callsPerBatch));
    }
  }
  return { ...samples, callsPerBatch };
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
