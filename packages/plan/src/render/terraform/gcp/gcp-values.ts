import { runEnvironment, secretVersions } from "../../../facts/gcp.ts";
import { modelLocations } from "../../../facts/model-locations.ts";
import { accountName, bucketName, pingAccountName } from "../../../facts/names.ts";
import { gcpPingSchedule } from "../../../facts/pings.ts";
import type { ResolvedFunction, ResolvedGcp, ResolvedPlan } from "../../../resolved-plan.ts";
import { unlessEmpty } from "../../../unless-empty.ts";
import type { Features } from "../features.ts";
import type { ValueMap } from "../hcl.ts";
import { alarmValues } from "../terraform-module.ts";

/** The values of `<stage>.tfvars`. */
export function gcpValues(plan: ResolvedPlan, gcp: ResolvedGcp, { zip, ping }: Features): ValueMap {
  return {
    service: plan.service,
    stage: plan.stage,
    code_bucket: zip ? bucketName(plan, gcp) : undefined,
    ping_account: ping ? pingAccountName(plan) : undefined,
    project: gcp.project,
    region: gcp.region,
    functions: Object.fromEntries(gcp.functions.map((one) => [one.predictor, functionValues(one, gcp.runAs)])),
  };
}

function functionValues(one: ResolvedFunction, runAs: ResolvedGcp["runAs"]): ValueMap {
  return {
    name: one.name,
    account: accountName(one),
    run_as: runAs,
    image: one.image,
    memory_mb: one.memoryMb,
    cpu: String(one.cpu),
    timeout_seconds: one.timeoutSeconds,
    concurrency: one.concurrency,
    max_instances: one.maxInstances,
    min_instances: one.warm.min,
    ping_schedule: one.ping && gcpPingSchedule(one.ping.everyMinutes),
    public: one.endpoint?.auth === "none",
    models: unlessEmpty(modelLocations("gcp", one.models)),
    environment: unlessEmpty(runEnvironment(one, runAs)),
    secrets: unlessEmpty(secretVersions(one)),
    log_retention_days: one.logRetentionDays,
    alarms: alarmValues(one),
    labels: unlessEmpty(one.tags),
  };
}
