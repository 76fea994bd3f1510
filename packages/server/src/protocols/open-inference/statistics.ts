import type { InferenceResponse } from "@tricast/core/adapter";
import type { RouteCall } from "../../route.ts";
import type { ServedModel } from "../../served-model.ts";
import { plainJson } from "../plain-error.ts";

/** Triton's statistics extension (extension_statistics.md): of its members, those that are counted here. */
export function modelStatistics({ host, params }: RouteCall): InferenceResponse {
  const name = params.model!;
  const versions = params.version === undefined ? host.versions(name) : [params.version];
  // Of a model that is not there, `find` says so.
  const models = versions.length === 0 ? [host.find(name)] : versions.map((version) => host.find(name, version));
  return plainJson(200, { model_stats: models.map(statisticsOf) });
}

export function serverStatistics({ host }: RouteCall): InferenceResponse {
  return plainJson(200, { model_stats: host.list().map(statisticsOf) });
}

/**
 * `inference_count` is of rows and `execution_count` of runs of the graph: many more of the first show batching. A
 * predictor whose model does not count has neither.
 */
function statisticsOf({ name, version, service }: ServedModel): unknown {
  const counters = Object.values(service.stats())[0];
  return { name, version, inference_count: counters?.rows, execution_count: counters?.batches };
}
