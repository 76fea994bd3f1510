import type { VariantSession } from "../optimized/record.ts";
import type { Example } from "./options.ts";

/** A model file to load, and how; the session's own defaults where nothing is said. */
export interface Subject {
  readonly path: string;
  readonly session: VariantSession | undefined;
}

interface Common {
  readonly threads: number;
  readonly examples: readonly Example[];
}

/** Load it and predict once. */
export interface ColdQuestion extends Common {
  readonly kind: "cold";
  readonly subject: Subject;
}

export interface ColdAnswer {
  /** Milliseconds, with the runtime initialised already. */
  readonly loadMs: number;
  /** Milliseconds of the first prediction, of one row. */
  readonly firstMs: number;
  /** The most memory the process has had until then, in MiB; `undefined` where the system does not tell. */
  readonly peakMb: number | undefined;
}

/** Load both and compare what they answer, and then how long they take. */
export interface PairQuestion extends Common {
  readonly kind: "pair";
  readonly original: Subject;
  readonly candidate: Subject;
  readonly tolerance: number;
  readonly blocks: number;
}

export interface PairAnswer {
  /** See `differenceOf`; the largest of all cases. */
  readonly difference: number;
  /** How many inputs both were run on. */
  readonly cases: number;
  /** One row. Without timings where the answers differ too much. */
  readonly one?: PairTimes;
  /** Sixteen rows, where the graph takes batches. */
  readonly sixteen?: PairTimes;
}

/** Milliseconds a run: medians of blocks that took turns, and the median of their ratios. */
export interface PairTimes {
  readonly originalMs: number;
  readonly candidateMs: number;
  /** Candidate over original. */
  readonly ratio: number;
}

export type Question = ColdQuestion | PairQuestion;
export type AnswerTo<Q extends Question> = Q extends ColdQuestion ? ColdAnswer : PairAnswer;
export type Reply = { readonly answer: unknown } | { readonly error: string };
