import type { InferenceResponse } from "@tricast/core/adapter";
import type { RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";
import { plainJson } from "../plain-answers.ts";

/** The members of Triton's statistics extension that this server counts (extension_statistics.md). */
export function modelStatistics({ host, params }: RouteCall): InferenceResponse {
  const name = params.model!;
  const versions = params.version === undefined ? host.versions(name) : [params.version];
  // For an unknown model, `find` throws.
  const models = versions.length === 0 ? [host.find(name)] : versions.map((version) => host.find(name, version));
  return plainJson(200, { model_stats: models.map(statisticsOf) });
}

export function serverStatistics({ host }: RouteCall): InferenceResponse {
  return plainJson(200, { model_stats: host.list().map(statisticsOf) });
}

/**
 * `inference_count` counts rows and `execution_count` runs of the graph. With batching, the first is much larger. A
 * predictor whose model does not count them has neither.
 */
function statisticsOf({ name, version, service }: ServedModel): unknown {
  const counters = Object.values(service.stats())[0];
  return { name, version, inference_count: counters?.rows, execution_count: counters?.batches };
}
