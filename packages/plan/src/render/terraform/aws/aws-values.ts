import { awsCron } from "../../../facts/aws-cron.ts";
import { modelReads } from "../../../facts/model-locations.ts";
import { isGradual } from "../../../facts/rollout.ts";
import { preflightOf } from "../../../facts/routes.ts";
import type { ResolvedAws, ResolvedEndpoint, ResolvedFunction, ResolvedPlan } from "../../../resolved-plan.ts";
import { unlessEmpty } from "../../../unless-empty.ts";
import type { ValueMap } from "../hcl.ts";
import { alarmValues, secretValues } from "../terraform-module.ts";
import { pingValues } from "./aws-ping.ts";

/** The values of `<stage>.tfvars`. */
export function awsValues({ service, stage }: ResolvedPlan, aws: ResolvedAws, hasDashboard: boolean): ValueMap {
  return {
    service,
    stage,
    region: aws.region,
    alias: aws.alias,
    dashboard: hasDashboard ? aws.dashboard : undefined,
    functions: Object.fromEntries(aws.functions.map((one) => [one.predictor, functionValues(one)])),
  };
}

function functionValues(one: ResolvedFunction): ValueMap {
  return {
    name: one.name,
    memory_mb: one.memoryMb,
    timeout_seconds: one.timeoutSeconds,
    scratch_mb: one.scratchMb,
    architecture: one.architecture,
    packaging: one.packaging,
    image: one.image,
    max_instances: one.maxInstances,
    warm: warmValues(one),
    ping: one.ping && pingValues(one, one.ping),
    endpoint: one.endpoint && endpointValues(one.endpoint),
    models: unlessEmpty(modelReads(one)),
    environment: unlessEmpty(one.environment),
    secrets: unlessEmpty(secretValues(one)),
    log_retention_days: one.logRetentionDays,
    alarms: alarmValues(one),
    rollout: isGradual(one) ? { ...one.rollout } : undefined,
    tags: unlessEmpty(one.tags),
  };
}

function warmValues({ warm }: ResolvedFunction): ValueMap {
  const windows = warm.schedule.map(({ name, at, timeZone, min, max }) => [
    name,
    { cron: awsCron(at), time_zone: timeZone, min, max },
  ]);
  return {
    min: warm.min,
    max: warm.max,
    target_utilization: warm.targetUtilization,
    schedule: unlessEmpty(Object.fromEntries(windows)),
  };
}

/** API Gateway's names for the kinds of authorization. */
const AUTHORIZATION = { none: "NONE", iam: "AWS_IAM", "api-key": "API_KEY" } as const;

function endpointValues({ kind, path, auth, cors }: ResolvedEndpoint): ValueMap {
  const isToken = typeof auth === "object";
  return {
    kind,
    path,
    authorization: isToken ? "JWT" : AUTHORIZATION[auth],
    jwt: isToken ? { issuer: auth.issuer, audience: auth.audience } : undefined,
    cors: cors && {
      origins: cors.origins,
      headers: cors.headers,
      credentials: cors.credentials,
      max_age_seconds: cors.maxAgeSeconds,
    },
    preflight: kind === "rest" && cors !== undefined ? { ...preflightOf(cors) } : undefined,
  };
}
