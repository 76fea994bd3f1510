/** A value for each stage, in the order of the stages. */
export type StageValues = readonly unknown[];

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Values that differ between stages, by the names in `${param:...}`: the form of the Serverless Framework
 * (`params` in serverless.yml, v3 and later).
 */
export class StageParams {
  readonly #stages: readonly string[];
  readonly #values = new Map<string, StageValues>();

  constructor(stages: readonly string[]) {
    this.#stages = stages;
  }

  /** The value in the document: the value itself if all stages agree, else a variable. `undefined`: leave the key out. */
  express(name: string, values: StageValues): unknown {
    const [first] = values;
    if (values.every((value) => isSame(value, first))) return first;
    this.#values.set(name, values);
    // null means the default, for a stage without a value.
    return values.includes(undefined) ? `\${param:${name}, null}` : `\${param:${name}}`;
  }

  /** `params:`, or `undefined` if the stages agree on everything. */
  toDocument(): Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined {
    if (this.#values.size === 0) return undefined;
    const ofStage = (index: number) => [...this.#values].map(([name, values]) => [name, values[index]] as const);
    return Object.fromEntries(this.#stages.map((stage, index) => [stage, Object.fromEntries(ofStage(index))]));
  }
}
