import type { VariantSession } from "../optimized/record.ts";
import type { Example } from "./options.ts";

/** A model file and the settings to load it with; `undefined` for the defaults. */
export interface Subject {
  readonly path: string;
  readonly session: VariantSession | undefined;
}

interface Common {
  readonly original: Subject;
  readonly threads: number;
  readonly examples: readonly Example[];
}

/** Asks to load a model and predict once. */
export interface ColdQuestion extends Common {
  readonly kind: "cold";
  readonly subject: Subject;
}

export interface ColdAnswer {
  /** Milliseconds of the load, after the runtime is initialised. */
  readonly loadMs: number;
  /** Milliseconds of the first prediction, of one row. */
  readonly firstMs: number;
  /** Peak memory of the process, in MiB; `undefined` where the system does not report it. */
  readonly peakMb: number | undefined;
}

/** Asks to load both, compare their answers, and then their run times. */
export interface PairQuestion extends Common {
  readonly kind: "pair";
  readonly candidate: Subject;
  readonly tolerance: number;
  readonly blocks: number;
}

export interface PairAnswer {
  /** See `differenceOf`; the largest of all cases. */
  readonly difference: number;
  /** The number of compared inputs. */
  readonly cases: number;
  /** Runs of one row. Missing where the answers differ too much. */
  readonly one?: PairTimes;
  /** Runs of 16 rows, where the graph accepts batches. */
  readonly sixteen?: PairTimes;
}

/** Milliseconds per run: medians of alternating blocks, and the median of their ratios. */
export interface PairTimes {
  readonly originalMs: number;
  readonly candidateMs: number;
  /** Candidate over original. */
  readonly ratio: number;
}

export type Question = ColdQuestion | PairQuestion;
export type AnswerTo<Q extends Question> = Q extends ColdQuestion ? ColdAnswer : PairAnswer;
export type Reply = { readonly answer: unknown } | { readonly error: string };
