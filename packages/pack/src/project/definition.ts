/** What a build reads of a predictor. */
export interface Definition {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly models: readonly { readonly key: string; readonly uri: string }[];
  readonly examples: readonly unknown[];
  /** Whether it has a `predict` or `predictBatch`; else its model serves itself. */
  readonly hasCode: boolean;
}

/** A predictor's module as one CommonJS text, to be run as if it lay at `filename`. */
export interface DefinitionQuestion {
  readonly code: string;
  readonly filename: string;
}
