import { RequestContext } from "../context.ts";
import { codedByEngine } from "../engine.ts";
import { TricastError } from "../errors.ts";
import { isPromise } from "../is-promise.ts";
import type { View } from "../model/generation.ts";
import type { Platform } from "../platform.ts";
import type { AnyPredictor } from "../predictor.ts";

const REQUEST = { method: "POST", path: "/predict", query: "", headers: {}, body: undefined };

/**
 * Runs the predictor's examples with freshly loaded models; without examples, a model that serves itself warms itself.
 * Synchronous predictions stay synchronous, so that they run in the platform's init phase.
 * @throws {TricastError} the error of the first example that fails, which names it.
 */
export async function predictExamples(predictor: AnyPredictor, platform: Platform, view: View): Promise<void> {
  const { version = "1", examples = [] } = predictor.definition;
  const { engine } = view;
  const { warmsAllExamples } = platform;
  if (examples.length === 0) await engine.zeroCode?.warmUp(warmsAllExamples);
  const invocation = { id: "warmup", platform: platform.name, native: undefined };
  // If a request may be waiting for the instance, only the first: it brings nearly all of the gain.
  for (const [index, example] of (warmsAllExamples ? examples : examples.slice(0, 1)).entries()) {
    try {
      const context = new RequestContext(view, version, platform, REQUEST, invocation);
      const output = engine.one(example, context);
      if (isPromise(output)) await output;
    } catch (error) {
      const cause = codedByEngine(error, engine);
      throw new TricastError(cause.code, `example ${index + 1}: ${cause.message}`, { cause });
    }
  }
}
