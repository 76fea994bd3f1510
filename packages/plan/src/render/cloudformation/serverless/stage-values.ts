/** A value that may differ between stages, in the order of the stages. */
export type StageValues = readonly unknown[];

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Values that differ between stages, under names that `${param:...}` finds them by: the Serverless Framework's own way
 * (`params` in serverless.yml, v3 and later).
 */
export class StageParams {
  readonly #stages: readonly string[];
  readonly #values = new Map<string, StageValues>();

  constructor(stages: readonly string[]) {
    this.#stages = stages;
  }

  /** What stands in the document: the value where all stages agree, else a variable. `undefined`: nothing is said. */
  express(name: string, values: StageValues): unknown {
    const [first] = values;
    if (values.every((value) => isSame(value, first))) return first;
    this.#values.set(name, values);
    // A stage without a value takes the default, which null stands for.
    return values.includes(undefined) ? `\${param:${name}, null}` : `\${param:${name}}`;
  }

  /** `params:`, or `undefined` where the stages agree on everything. */
  toDocument(): Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined {
    if (this.#values.size === 0) return undefined;
    return Object.fromEntries(
      this.#stages.map((stage, index) => [
        stage,
        Object.fromEntries([...this.#values].map(([name, values]) => [name, values[index]] as const)),
      ]),
    );
  }
}
