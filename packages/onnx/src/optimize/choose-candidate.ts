import type { ColdAnswer, PairTimes } from "./child-messages.ts";
import type { FormName } from "./forms.ts";

export interface ColdFigures extends ColdAnswer {
  /** Load and first prediction. */
  readonly coldMs: number;
}

/** The measurements of one form. */
export interface Candidate {
  readonly name: FormName;
  readonly description: string;
  readonly prepacks: boolean;
  /** Total size of its files. */
  readonly bytes?: number;
  readonly cold?: ColdFigures;
  /** Cold time divided by the original's, median over the rounds. */
  readonly coldRatio?: number;
  /** Milliseconds saved on the original's cold time, median over the rounds. */
  readonly gainMs?: number;
  /** Largest difference of an output, as a share of its largest magnitude. */
  readonly difference?: number;
  readonly one?: PairTimes;
  readonly sixteen?: PairTimes;
  /** Why it was not measured further, or may not be used. */
  readonly refused?: string;
}

/** A smaller gain does not justify another file, and may be noise. */
const WORTHWHILE = { ratio: 0.95, gainMs: 3 };
export const LIMITS = { one: 1.05, sixteen: 1.2 } as const;

/** Why a form may not be used, according to its measurements; `undefined` when it may. */
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
  const needed = `at most ${WORTHWHILE.ratio} x and at least ${WORTHWHILE.gainMs} ms less`;
  return `loading and the first prediction take ${coldRatio.toFixed(2)} x the original's time, ${gainMs.toFixed(1)} ms less (needed: ${needed})`;
}

function slower(rows: string, ratio: number, limit: number): string {
  return `a run of ${rows} takes ${ratio.toFixed(2)} x the original's time (at most ${limit})`;
}

/** The usable form with the fastest first answer. */
export function chooseCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates
    .filter(({ refused, cold }) => refused === undefined && cold !== undefined)
    .toSorted((a, b) => a.cold!.coldMs - b.cold!.coldMs)[0];
}
