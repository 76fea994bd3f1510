import type { AnyPredictor } from "./predictor.ts";

/** Whether a batch may run in one request: not if `predict` takes one input, or if the predictor has its own decoder for JSON. */
export function runsJoined({ definition: { predict, decoders = {} } }: AnyPredictor): boolean {
  return predict === undefined && !["application/json", "application/*"].some((type) => Object.hasOwn(decoders, type));
}
