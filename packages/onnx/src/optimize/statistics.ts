import type { ColdAnswer } from "./child-messages.ts";
import type { ColdFigures } from "./choose-candidate.ts";

export function coldOf({ loadMs, firstMs }: ColdAnswer): number {
  return loadMs + firstMs;
}

export function toFigures(samples: readonly ColdAnswer[]): ColdFigures {
  const peaks = samples.flatMap(({ peakMb }) => (peakMb === undefined ? [] : [peakMb]));
  return {
    loadMs: median(samples.map(({ loadMs }) => loadMs)),
    firstMs: median(samples.map(({ firstMs }) => firstMs)),
    coldMs: median(samples.map(coldOf)),
    peakMb: peaks.length === 0 ? undefined : median(peaks),
  };
}

export function rounded(figures: Readonly<Record<string, number | undefined>>): Record<string, number> {
  const kept = Object.entries(figures).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Number(value.toPrecision(4))]],
  );
  return Object.fromEntries(kept);
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}
