import type { Part } from "../model/generation.ts";
import type { Lifecycle } from "../model/lifecycle.ts";
import type { ModelMetadata, ModelSource } from "../model/source.ts";
import type { AnyPredictor } from "../predictor.ts";

/** The body of `GET /metadata`. */
export interface PredictorMetadata {
  readonly name: string;
  readonly version: string;
  readonly description?: string | undefined;
  readonly platform: string;
  readonly state: string;
  /** Why the models are not ready, if they are not. */
  readonly code?: string | undefined;
  readonly models: Readonly<Record<string, ModelMetadata>>;
}

export function describePredictor(
  predictor: AnyPredictor,
  version: string,
  platform: string,
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
    models: describeModels(lifecycle),
  };
}

function describeModels({ ready }: Lifecycle): Record<string, ModelMetadata> {
  const described: Record<string, ModelMetadata> = {};
  for (const part of ready?.parts ?? []) {
    const metadata = describeModel(part);
    if (metadata !== undefined) described[part.key] = metadata;
  }
  return described;
}

/** `undefined` if the source does not describe its models. */
export function describeModel({ source, model }: Part): ModelMetadata | undefined {
  const metadata = source.describe?.(model);
  return metadata === undefined ? undefined : { ...metadata, versions: namedVersions(source, model) };
}

/** More than one if an alias splits its traffic; `undefined` if the source has no versions. */
function namedVersions(source: ModelSource<unknown>, model: unknown): readonly string[] | undefined {
  return source.served?.(model).versions.map(({ version }) => version ?? "");
}
