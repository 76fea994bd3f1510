import type { PairTimes } from "./child-messages.ts";
import { median } from "./statistics.ts";

const BLOCK_MS = 15;
const WARMUP_RUNS = 5;

/** Times two functions in turns, block by block, each block of the same number of runs. */
export function timePair(original: () => unknown, candidate: () => unknown, blocks: number): PairTimes {
  for (let run = 0; run < WARMUP_RUNS; run++) {
    original();
    candidate();
  }
  const runs = Math.max(1, Math.round(BLOCK_MS / timeRuns(original, 1)));
  const samples = Array.from({ length: blocks }, (_, block): [original: number, candidate: number] => {
    if (block % 2 === 0) return [timeRuns(original, runs), timeRuns(candidate, runs)];
    const second = timeRuns(candidate, runs);
    return [timeRuns(original, runs), second];
  });
  return {
    originalMs: median(samples.map(([first]) => first)),
    candidateMs: median(samples.map(([, second]) => second)),
    ratio: median(samples.map(([first, second]) => second / first)),
  };
}

/** Milliseconds a run. */
function timeRuns(run: () => unknown, times: number): number {
  const started = performance.now();
  for (let done = 0; done < times; done++) run();
  return (performance.now() - started) / times;
}
