import { checkDefinition } from "./check-definition.ts";
import type { PredictorDefinition } from "./definition.ts";

const BRAND = Symbol.for("tricast.predictor");

/** A checked definition. Every adapter takes one. */
export interface Predictor<In = unknown, Out = unknown, M = unknown, Ms = unknown> {
  readonly [BRAND]: true;
  readonly definition: PredictorDefinition<In, Out, M, Ms>;
}

// biome-ignore lint/suspicious/noExplicitAny: a predictor's context is contravariant, so only `any` accepts every predictor
export type AnyPredictor = Predictor<any, any, any, any>;

/** The input a predictor takes, after validation. */
export type InputOf<P> = P extends Predictor<infer In, infer _Out, infer _M, infer _Ms> ? In : never;
/** The output of a predictor. */
export type OutputOf<P> = P extends Predictor<infer _In, infer Out, infer _M, infer _Ms> ? Out : never;

/**
 * Defines a predictor: a model, a schema and one `predict` function.
 *
 * Give `predict` (one input) or `predictBatch` (many), not both. Without either, the model serves its own inputs and
 * outputs, as sources such as `onnx()` can; a custom `load` cannot.
 *
 * @throws {TricastError} `invalid-definition`, naming the field, the value seen and the rule.
 * @example
 * export default definePredictor({
 *   name: "half",
 *   examples: [{ value: 4 }],
 *   predict: (input: { value: number }) => ({ half: input.value / 2 }),
 * });
 */
export function definePredictor<In = unknown, Out = unknown, M = undefined, Ms = Record<string, never>>(
  definition: PredictorDefinition<In, Out, M, Ms>,
): Predictor<In, Out, M, Ms> {
  checkDefinition(definition as PredictorDefinition<unknown, unknown, unknown, unknown>);
  return { [BRAND]: true, definition };
}

export function isPredictor(value: unknown): value is AnyPredictor {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** The same predictor under the name that a host serves: the name of its file, which may be any name of a model. */
export function servedAs(predictor: AnyPredictor, name: string): AnyPredictor {
  // Keeps methods that the definition inherits.
  const definition = Object.create(predictor.definition, { name: { value: name, enumerable: true } });
  return { [BRAND]: true, definition };
}
