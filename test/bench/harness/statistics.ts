export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarise(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new Error("No samples to summarise; run at least one round");
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: middle(sorted), min: sorted[0] as number, max: sorted.at(-1) as number };
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}

/** Samples of the same round, side by side: what both sides suffered alike cancels out. */
export function byRound(
  left: readonly number[],
  right: readonly number[],
  combine: (left: number, right: number) => number,
): number[] {
  if (left.length !== right.length) throw new Error(`${left.length} rounds against ${right.length}; pair them`);
  return left.map((value, round) => combine(value, right[round] as number));
}

/** `1.24 (1.20-1.41)` */
export function spread({ median, min, max }: Summary, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}
