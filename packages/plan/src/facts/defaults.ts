import type { Alarms, Endpoint, Ping, Rollout, TargetName, WarmInstances } from "../config.ts";
import type { FixedSettings } from "../resolved-plan.ts";

const EVERYWHERE = {
  cpu: 1,
  architecture: "x64",
  // The default integration timeout of REST APIs in API Gateway is 29 seconds.
  timeoutSeconds: 29,
  scratchMb: 512,
  logRetentionDays: 14,
} as const;

export const DEFAULTS: Readonly<Record<TargetName, FixedSettings>> = {
  aws: { ...EVERYWHERE, memoryMb: 1024, concurrency: 1, packaging: "layers" },
  azure: { ...EVERYWHERE, memoryMb: 2048, concurrency: 8, packaging: "zip" },
  gcp: { ...EVERYWHERE, memoryMb: 1024, concurrency: 8, packaging: "zip" },
};

/** Defaults of containers. */
export const CONTAINER_DEFAULTS = { ...EVERYWHERE, memoryMb: 2048, maxInstances: 10 } as const;

export const SITE_SERVERS: readonly string[] = ["127.0.0.1:8080"];

export const WARM_DEFAULTS = { min: 0, targetUtilization: 0.7 } as const satisfies WarmInstances;

export const TIME_ZONE = "Etc/UTC";

export const PING_DEFAULTS = { every: "5 minutes", concurrency: 1 } as const satisfies Required<Ping>;

export const ENDPOINT_DEFAULTS = { kind: "http", auth: "none" } as const satisfies Endpoint;

export const CORS_DEFAULTS = { headers: ["content-type", "authorization"], credentials: false, maxAgeSeconds: 600 };

/** An alarm sounds if the slowest requests take more than this share of the timeout. */
const P99_SHARE_OF_TIMEOUT = 0.8;

/** Limits of alarms that the configuration does not set. */
export function alarmDefaults({ timeoutSeconds }: { readonly timeoutSeconds: number }): Required<Alarms> {
  return { errorPercent: 1, notify: [], p99Ms: Math.round(timeoutSeconds * 1000 * P99_SHARE_OF_TIMEOUT) };
}

export const ROLLOUT_DEFAULTS: Required<Rollout> = { kind: "all-at-once", percent: 10, minutes: 5 };

export const ALIAS = "live";

/** Each platform's name for the Node version that artefacts are built for. */
export const RUNTIMES = { aws: "nodejs24.x", azure: "24", gcp: "nodejs24" } as const;

/** Stages of a configuration without `stages`. The first is the default of `--stage`. */
export const STAGES: readonly string[] = ["dev", "prod"];

/** Whether a stage is in production: it gets alarms and a dashboard, and requires a choice of who can call. */
export function isProduction(stage: string): boolean {
  return stage === "prod" || stage === "production";
}
