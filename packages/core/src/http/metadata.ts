import type { Lifecycle } from "../model/lifecycle.ts";
import type { ModelMetadata, ModelSource } from "../model/source.ts";
import type { AnyPredictor } from "../predictor.ts";
import type { Platform } from "../seam.ts";

/** The body of `GET /metadata`. */
export interface PredictorMetadata {
  readonly name: string;
  readonly version: string;
  readonly description?: string | undefined;
  readonly platform: Platform;
  readonly state: string;
  /** Why the models are not ready, when they are not. */
  readonly code?: string | undefined;
  readonly models: Readonly<Record<string, ModelMetadata>>;
}

export function describePredictor(
  predictor: AnyPredictor,
  version: string,
  platform: Platform,
  lifecycle: Lifecycle,
): PredictorMetadata {
  const { name, description } = predictor.definition;
  return {
    name,
    version,
    description,
    platform,
    state: lifecycle.state,
    code: lifecycle.failure?.code,
    models: describeModels(predictor, lifecycle),
  };
}

function describeModels({ definition }: AnyPredictor, { ready }: Lifecycle): Record<string, ModelMetadata> {
  const described: Record<string, ModelMetadata> = {};
  if (ready === undefined) return described;
  const describe = (key: string, source: ModelSource<unknown> | undefined, model: unknown) => {
    const metadata = source?.describe?.(model);
    if (metadata !== undefined) described[key] = metadata;
  };
  describe("model", definition.model, ready.model);
  for (const [key, source] of Object.entries(definition.models ?? {})) {
    describe(key, source as ModelSource<unknown>, ready.models[key]);
  }
  return described;
}
