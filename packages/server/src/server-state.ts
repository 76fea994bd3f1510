import type { Admission } from "./admission/admission.ts";
import type { RequestGuard } from "./guard.ts";
import type { ServerMetrics } from "./metrics/server-metrics.ts";
import type { RunnableHost } from "./model-host.ts";
import type { ServerSettings } from "./settings.ts";

/** The objects that the parts of one server share. */
export interface ServerState {
  readonly host: RunnableHost;
  readonly settings: ServerSettings;
  readonly admission: Admission;
  readonly guard: RequestGuard;
  readonly metrics: ServerMetrics;
}
