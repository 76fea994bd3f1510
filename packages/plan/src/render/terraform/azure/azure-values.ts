import { authLevel, entraEndpoint } from "../../../facts/azure-auth.ts";
import { modelLocations } from "../../../facts/model-locations.ts";
import { storageAccountName } from "../../../facts/names.ts";
import { azurePingSchedule } from "../../../facts/pings.ts";
import type { ResolvedAzure, ResolvedEndpoint, ResolvedFunction, ResolvedPlan } from "../../../resolved-plan.ts";
import { unlessEmpty } from "../../../unless-empty.ts";
import type { ValueMap } from "../hcl.ts";
import { alarmValues, secretValues } from "../terraform-module.ts";

/** The values of `<stage>.tfvars`. */
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

function functionValues(one: ResolvedFunction): ValueMap {
  return {
    name: one.name,
    memory_mb: one.memoryMb,
    concurrency: one.concurrency,
    max_instances: one.maxInstances,
    warm_instances: one.warm.min,
    ping_schedule: one.ping && azurePingSchedule(one.ping.everyMinutes),
    endpoint: one.endpoint && endpointValues(one.endpoint),
    models: unlessEmpty(modelLocations("azure", one.models)),
    environment: unlessEmpty(one.environment),
    secrets: unlessEmpty(secretValues(one)),
    log_retention_days: one.logRetentionDays,
    alarms: alarmValues(one),
    tags: unlessEmpty(one.tags),
  };
}

function endpointValues(endpoint: ResolvedEndpoint): ValueMap {
  const { auth, cors } = endpoint;
  return {
    auth_level: authLevel(endpoint),
    jwt: typeof auth === "object" ? { issuer: entraEndpoint(auth.issuer), audience: auth.audience } : undefined,
    cors: cors && { origins: cors.origins, credentials: cors.credentials },
  };
}
