/** The facts about a predictor that a build uses. */
export interface Definition {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly models: readonly { readonly key: string; readonly uri: string }[];
  readonly examples: readonly unknown[];
  /** Whether it has `predict` or `predictBatch`. Else its graph is the interface. */
  readonly hasCode: boolean;
}

/** A predictor's module as one CommonJS text, which runs as the file `filename`. */
export interface DefinitionQuestion {
  readonly code: string;
  readonly filename: string;
}
