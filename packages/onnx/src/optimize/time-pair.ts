import type { Feeds } from "../feeds.ts";
import type { LoadedModel } from "../model.ts";
import type { PairTimes } from "./child-messages.ts";
import { median } from "./statistics.ts";

const BLOCK_MS = 15;
const WARMUP_RUNS = 5;

/** Times two models in alternating blocks. Each block has the same number of runs. */
export function timePair(original: LoadedModel, candidate: LoadedModel, feeds: Feeds, blocks: number): PairTimes {
  const timeOf = (model: LoadedModel, runs: number): number => {
    const started = performance.now();
    for (let done = 0; done < runs; done++) model.runTensors(feeds);
    return (performance.now() - started) / runs;
  };
  timeOf(original, WARMUP_RUNS);
  timeOf(candidate, WARMUP_RUNS);
  const runs = Math.max(1, Math.round(BLOCK_MS / timeOf(original, 1)));
  const samples = Array.from({ length: blocks }, (_, block): [original: number, candidate: number] => {
    if (block % 2 === 0) return [timeOf(original, runs), timeOf(candidate, runs)];
    const second = timeOf(candidate, runs);
    return [timeOf(original, runs), second];
  });
  return {
    originalMs: median(samples.map(([first]) => first)),
    candidateMs: median(samples.map(([, second]) => second)),
    ratio: median(samples.map(([first, second]) => second / first)),
  };
}
