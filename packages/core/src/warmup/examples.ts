import { RequestContext } from "../context.ts";
import { codedByEngine, type Engine } from "../engine.ts";
import { TricastError } from "../errors.ts";
import { isPromise } from "../is-promise.ts";
import type { View } from "../model/generation.ts";
import type { Platform } from "../platform.ts";
import type { AnyPredictor } from "../predictor.ts";

const REQUEST = { method: "POST", path: "/predict", query: "", headers: {}, body: undefined };

/**
 * Runs the predictor's examples with freshly loaded models. Synchronous predictions stay synchronous, so that they run in
 * the platform's init phase.
 * @throws {TricastError} the error of the first example that fails, which names it.
 */
export async function predictExamples(predictor: AnyPredictor, platform: Platform, view: View): Promise<void> {
  const { version = "1" } = predictor.definition;
  const invocation = { id: "warmup", platform: platform.name, native: undefined };
  for (const [index, example] of warmupExamples(predictor, platform, view.engine).entries()) {
    try {
      const context = new RequestContext(view, version, platform, REQUEST, invocation);
      const output = view.engine.one(example, context);
      if (isPromise(output)) await output;
    } catch (error) {
      const cause = codedByEngine(error, view.engine);
      throw new TricastError(cause.code, `example ${index + 1}: ${cause.message}`, { cause });
    }
  }
}

/** All of them, or only the first if a request may be waiting for the instance: it brings nearly all of the gain. */
function warmupExamples({ definition }: AnyPredictor, platform: Platform, engine: Engine): readonly unknown[] {
  const { examples = [] } = definition;
  const first = examples[0] ?? engine.zeroCode?.sample();
  if (first === undefined) return [];
  return platform.warmsAllExamples ? [first, ...examples.slice(1)] : [first];
}
