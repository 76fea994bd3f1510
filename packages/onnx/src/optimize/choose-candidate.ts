import type { ColdAnswer, PairTimes } from "./child-messages.ts";
import type { FormName } from "./forms.ts";

export interface ColdFigures extends ColdAnswer {
  /** Load and first prediction. */
  readonly coldMs: number;
}

/** What was found out about one form. */
export interface Candidate {
  readonly name: FormName;
  readonly description: string;
  readonly prepacks: boolean;
  /** Of its files. */
  readonly bytes?: number;
  readonly cold?: ColdFigures;
  /** Medians over the rounds of its cold time over the original's. */
  readonly coldRatio?: number;
  /** Milliseconds by which it was sooner, median over the rounds. */
  readonly gainMs?: number;
  /** Largest difference of an output, as a share of its largest magnitude. */
  readonly difference?: number;
  readonly one?: PairTimes;
  readonly sixteen?: PairTimes;
  /** Why it was not measured further, or must not be used. */
  readonly refused?: string;
}

/** A gain below these is not worth another file, nor above the noise. */
const WORTHWHILE = { ratio: 0.95, gainMs: 3 };
export const LIMITS = { one: 1.05, sixteen: 1.2 } as const;

/** Why a form may not be used, judged by its figures; `undefined` when it may. */
export function verdict(candidate: Candidate, prepack: "auto" | "always" | "never"): string | undefined {
  const { refused, coldRatio, gainMs, one, sixteen } = candidate;
  if (refused !== undefined) return refused;
  if (prepack !== "never") {
    if (one !== undefined && one.ratio > LIMITS.one) return slower("one row", one.ratio, LIMITS.one);
    if (sixteen !== undefined && sixteen.ratio > LIMITS.sixteen)
      return slower("16 rows", sixteen.ratio, LIMITS.sixteen);
  }
  if (coldRatio === undefined || gainMs === undefined) return undefined;
  if (coldRatio <= WORTHWHILE.ratio && gainMs >= WORTHWHILE.gainMs) return undefined;
  return `loading and the first prediction take ${coldRatio.toFixed(2)} x the original's time, ${gainMs.toFixed(1)} ms less; that is not worth another file`;
}

function slower(rows: string, ratio: number, limit: number): string {
  return `a run of ${rows} takes ${ratio.toFixed(2)} x the original's time (at most ${limit})`;
}

/** The form that answers its first request soonest, of those that may be used. */
export function chooseCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates
    .filter(({ refused, cold }) => refused === undefined && cold !== undefined)
    .toSorted((a, b) => a.cold!.coldMs - b.cold!.coldMs)[0];
}
