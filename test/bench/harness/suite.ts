/** One benchmark. A file under `suites/` exports one of these under the name `suite`. */
export interface Suite {
  readonly name: string;
  readonly description: string;
  /** Rounds where nothing else is asked for; default 21. */
  readonly rounds?: number;
  run(options: SuiteOptions): Promise<SuiteResult>;
}

export interface SuiteOptions {
  /** Rounds of each comparison; every round times both sides. */
  readonly rounds: number;
  /** Few rounds and small batches: shows that a suite runs, not how fast anything is. */
  readonly quick: boolean;
  /** One line of progress, for a person. */
  progress(line: string): void;
}

export interface SuiteResult {
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
  /** How this was measured: one paragraph. */
  readonly method: string;
  /** What was measured, by package name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Every sample, so that a figure can be worked out again. */
  readonly samples: unknown;
}

export interface Table {
  readonly title: string;
  /** The first column is text, the others are figures. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Goal {
  readonly claim: string;
  readonly measured: string;
  readonly met: boolean;
}
