import { SERVER_VARIABLES } from "../../containers/server-facts.ts";
import { cutName } from "../../resolve/names.ts";
import type { ResolvedFunction, ResolvedGcp, ResolvedPlan } from "../../resolved-plan.ts";
import type { Features } from "../features.ts";
import { unlessEmpty, type ValueMap } from "../hcl.ts";
import { modelPlaces } from "../model-place.ts";
import { secretValues } from "../secret-values.ts";

/** cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create, accountId: 6 to 30 characters. */
export const ACCOUNT_LIMIT = 30;

/** Name of the service account that a predictor runs as. */
export function accountName({ name }: ResolvedFunction): string {
  return cutName(name, ACCOUNT_LIMIT);
}

/** cloud.google.com/storage/docs/buckets, naming: 63 characters. */
const BUCKET_LIMIT = 63;

/** Name of the bucket that code is uploaded to. */
export function bucketName({ service, stage }: ResolvedPlan, { project }: ResolvedGcp): string {
  return cutName(`${project}-${service}-${stage}`, BUCKET_LIMIT);
}

/** Name of the service account that pings. */
export function pingAccountName({ service, stage }: ResolvedPlan): string {
  return cutName(`${service}-${stage}-ping`, ACCOUNT_LIMIT);
}

/** What `<stage>.tfvars` says. */
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
    ping_schedule: one.ping && pingSchedule(one.ping.everyMinutes),
    public: one.endpoint?.auth === "none",
    models: unlessEmpty(modelPlaces("gcp", one.models)),
    environment: unlessEmpty(runEnvironment(one, runAs)),
    secrets: unlessEmpty(secretPlaces(one)),
    log_retention_days: one.logRetentionDays,
    alarms: one.alarms && {
      error_percent: one.alarms.errorPercent,
      p99_ms: one.alarms.p99Ms,
      notify: one.alarms.notify,
    },
    labels: unlessEmpty(one.tags),
  };
}

/** Cloud Run tells functions their timeout, and the server in a service's container nothing. */
export function runEnvironment(
  { environment, timeoutSeconds }: ResolvedFunction,
  runAs: ResolvedGcp["runAs"],
): Readonly<Record<string, string>> {
  if (runAs === "function") return environment;
  return { [SERVER_VARIABLES.requestTimeoutMs]: `${timeoutSeconds * 1000}`, ...environment };
}

/** Five fields (cloud.google.com/scheduler/docs/configuring/cron-job-schedules). */
export function pingSchedule(minutes: number): string {
  if (minutes < 60) return `*/${minutes} * * * *`;
  return `0 */${Math.max(1, Math.round(minutes / 60))} * * *`;
}

/** Where Secret Manager has a secret; without `project` in the function's own. */
export type SecretPlace = { readonly project: string | undefined; readonly secret: string; readonly version: string };

/** `token`, `token/versions/3`, both also with `projects/<project>/secrets/` before. */
export function secretPlaces(one: ResolvedFunction): Record<string, SecretPlace> {
  const places = secretValues(one, { secretManager: "name" }) as Record<string, { readonly name: string }>;
  return Object.fromEntries(
    Object.entries(places).map(([variable, { name }]) => {
      const [secret = name, version = "latest"] = name.split("/versions/");
      const [, project, own] = /^projects\/([^/]+)\/secrets\/(.+)$/.exec(secret) ?? [];
      return [variable, { project, secret: own ?? secret, version }];
    }),
  );
}
