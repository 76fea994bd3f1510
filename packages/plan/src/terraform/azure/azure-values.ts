import { entraEndpoint } from "../../facts/entra-issuer.ts";
import { authLevel } from "../../facts/function-auth-level.ts";
import { cutName } from "../../resolve/names.ts";
import type { ResolvedAzure, ResolvedEndpoint, ResolvedFunction, ResolvedPlan } from "../../resolved-plan.ts";
import { unlessEmpty, type ValueMap } from "../hcl.ts";
import { modelPlaces } from "../model-place.ts";
import { secretValues } from "../secret-values.ts";

/** learn.microsoft.com/azure/storage/common/storage-account-overview, "Storage account name": 24 letters and digits. */
const STORAGE_NAME_LIMIT = 24;

/** What `<stage>.tfvars` says. */
export function azureValues(plan: ResolvedPlan, azure: ResolvedAzure): ValueMap {
  return {
    service: plan.service,
    stage: plan.stage,
    location: azure.location,
    resource_group: azure.resourceGroup,
    storage_account: storageAccountName(plan),
    functions: Object.fromEntries(azure.functions.map((one) => [one.predictor, functionValues(one)])),
  };
}

/** Unique in all of Azure: whoever finds it taken changes it in the values. */
export function storageAccountName({ service, stage }: ResolvedPlan): string {
  return cutName(`${service}-${stage}`.replaceAll("-", ""), STORAGE_NAME_LIMIT).replaceAll("-", "");
}

function functionValues(one: ResolvedFunction): ValueMap {
  return {
    name: one.name,
    memory_mb: one.memoryMb,
    concurrency: one.concurrency,
    max_instances: one.maxInstances,
    warm_instances: one.warm.min,
    ping_schedule: one.ping && pingSchedule(one.ping.everyMinutes),
    endpoint: one.endpoint && endpointValues(one.endpoint),
    models: unlessEmpty(modelPlaces("azure", one.models)),
    environment: unlessEmpty(one.environment),
    secrets: unlessEmpty(secretValues(one, { keyVault: "key_vault" })),
    log_retention_days: one.logRetentionDays,
    alarms: one.alarms && {
      error_percent: one.alarms.errorPercent,
      p99_ms: one.alarms.p99Ms,
      notify: one.alarms.notify,
    },
    tags: unlessEmpty(one.tags),
  };
}

/** Six fields, the first of them seconds (learn.microsoft.com/azure/azure-functions/functions-bindings-timer). */
export function pingSchedule(minutes: number): string {
  if (minutes < 60) return `0 */${minutes} * * * *`;
  return `0 0 */${Math.max(1, Math.round(minutes / 60))} * * *`;
}

function endpointValues(endpoint: ResolvedEndpoint): ValueMap {
  const { auth, cors } = endpoint;
  return {
    auth_level: authLevel(endpoint),
    jwt: typeof auth === "object" ? { issuer: entraEndpoint(auth.issuer), audience: auth.audience } : undefined,
    cors: cors && { origins: cors.origins, credentials: cors.credentials },
  };
}
