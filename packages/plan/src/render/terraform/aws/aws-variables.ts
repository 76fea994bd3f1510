import { ALIAS, RUNTIMES } from "../../../facts/defaults.ts";
import type { Features } from "../features.ts";
import { type Block, expr, nested } from "../hcl.ts";
import { commonVariables, stringVariable, variable } from "../terraform-module.ts";
import { ALARMS, ENVIRONMENT, JWT, mapOf, objectOf, optional, optionalMap } from "../types.ts";

export function awsVariables(features: Features, hasDashboard: boolean): Block[] {
  return [
    ...commonVariables(features),
    stringVariable("region", "Region of all resources."),
    stringVariable("alias", "Alias that callers, events and provisioned concurrency use.", ALIAS),
    ...(features.zip
      ? [stringVariable("runtime", "Runtime of the functions; the artefacts are built for it.", RUNTIMES.aws)]
      : []),
    ...(hasDashboard ? [variable("dashboard", "Whether there is a CloudWatch dashboard.", DASHBOARD)] : []),
    variable("functions", "The predictors with their settings.", {
      type: expr(mapOf(FUNCTION)),
      validation: nested({
        condition: expr('alltrue([for f in var.functions : f.packaging != "image" || f.image != null])'),
        error_message: "A function whose packaging is image needs image: registry/repository:tag.",
      }),
    }),
  ];
}

const DASHBOARD = { type: expr("bool"), default: false };

const CORS = { origins: "list(string)", headers: "list(string)", credentials: "bool", max_age_seconds: "number" };

const FUNCTION = objectOf(
  {
    name: "string",
    memory_mb: "number",
    timeout_seconds: "number",
    scratch_mb: "number",
    architecture: "string",
    packaging: "string",
    image: optional("string"),
    max_instances: optional("number"),
  },
  {
    warm: objectOf({
      min: "number",
      max: "number",
      target_utilization: "number",
      schedule: optionalMap(objectOf({ cron: "string", time_zone: "string", min: "number", max: "number" })),
    }),
  },
  { ping: optional(objectOf({ rule: "string", schedule: "string", concurrency: "number", hold_ms: "number" })) },
  {
    endpoint: optional(
      objectOf({
        kind: "string",
        path: "string",
        authorization: "string",
        ...JWT,
        cors: optional(objectOf(CORS)),
        preflight: optional(objectOf({ headers: "map(string)", template: "string" })),
      }),
    ),
  },
  { models: optionalMap(objectOf({ bucket: "string", objects: "string" })) },
  {
    ...ENVIRONMENT,
    secrets: optionalMap(objectOf({ ssm: optional("string"), secrets_manager: optional("string") })),
  },
  {
    log_retention_days: "number",
    ...ALARMS,
    rollout: optional(objectOf({ kind: "string", percent: "number", minutes: "number" })),
    tags: optionalMap("string"),
  },
);
