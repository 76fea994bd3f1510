import type { Alarms, Endpoint, Ping, Rollout, Settings, TargetName, WarmInstances } from "../config.ts";

/** Settings whose default does not depend on the others. */
export type FixedDefaults = Required<
  Pick<Settings, "memoryMb" | "cpu" | "architecture" | "timeoutSeconds" | "scratchMb" | "concurrency" | "packaging"> &
    Pick<Settings, "logRetentionDays">
>;

const EVERYWHERE = {
  cpu: 1,
  architecture: "x64",
  // API Gateway's REST APIs give up at 29 seconds unless they are told otherwise.
  timeoutSeconds: 29,
  scratchMb: 512,
  logRetentionDays: 14,
} as const;

export const DEFAULTS: Readonly<Record<TargetName, FixedDefaults>> = {
  aws: { ...EVERYWHERE, memoryMb: 1024, concurrency: 1, packaging: "layers" },
  azure: { ...EVERYWHERE, memoryMb: 2048, concurrency: 8, packaging: "zip" },
  gcp: { ...EVERYWHERE, memoryMb: 1024, concurrency: 8, packaging: "zip" },
};

/** Of what runs in a container. */
export const CONTAINER_DEFAULTS = { ...EVERYWHERE, memoryMb: 2048, maxInstances: 10 } as const;

export const SITE_SERVERS: readonly string[] = ["127.0.0.1:8080"];

export const WARM_DEFAULTS = {
  min: 0,
  targetUtilization: 0.7,
  timeZone: "Etc/UTC",
} as const satisfies WarmInstances & {
  readonly timeZone: string;
};

export const PING_DEFAULTS = { every: "5 minutes", concurrency: 1 } as const satisfies Required<Ping>;

export const ENDPOINT_DEFAULTS = { kind: "http", auth: "none" } as const satisfies Endpoint;

export const CORS_DEFAULTS = { headers: ["content-type", "authorization"], credentials: false, maxAgeSeconds: 600 };

/** The share of the timeout that the slowest requests may take before an alarm sounds. */
const P99_SHARE_OF_TIMEOUT = 0.8;

/** Limits where a configuration asks for alarms and names none. */
export function alarmDefaults({ timeoutSeconds }: { readonly timeoutSeconds: number }): Required<Alarms> {
  return { errorPercent: 1, notify: [], p99Ms: Math.round(timeoutSeconds * 1000 * P99_SHARE_OF_TIMEOUT) };
}

export const ROLLOUT_DEFAULTS: Required<Rollout> = { kind: "all-at-once", percent: 10, minutes: 5 };

export const ALIAS = "live";

/** Node as each platform names it; artefacts are built for it. */
export const RUNTIMES = { aws: "nodejs24.x", azure: "24", gcp: "nodejs24" } as const;

/** Where a configuration names none. The first is what commands do without `--stage`. */
export const STAGES: readonly string[] = ["dev", "prod"];

/** Whether people depend on it: alarms, a dashboard and a decision on who may call are expected there. */
export function isProduction(stage: string): boolean {
  return stage === "prod" || stage === "production";
}
