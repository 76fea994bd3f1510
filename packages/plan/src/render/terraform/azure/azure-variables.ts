import { RUNTIMES } from "../../../facts/defaults.ts";
import type { Features } from "../features.ts";
import { type Block, expr } from "../hcl.ts";
import { commonVariables, stringVariable, variable } from "../terraform-module.ts";
import { ALARMS, ENVIRONMENT, JWT, MODELS, mapOf, objectOf, optional, optionalMap } from "../types.ts";

export function azureVariables(features: Features): Block[] {
  return [
    ...commonVariables(features),
    stringVariable("location", "Region of all resources."),
    stringVariable("resource_group", "Resource group, which this module creates."),
    stringVariable(
      "storage_account",
      "Storage account, which this module creates. Its name must be unique in all of Azure.",
    ),
    stringVariable("node_version", "Version of Node; the artefacts are built for it.", RUNTIMES.azure),
    variable("functions", "The predictors with their settings.", { type: expr(mapOf(FUNCTION)) }),
  ];
}

const CORS = { origins: "list(string)", credentials: "bool" };

const FUNCTION = objectOf(
  {
    name: "string",
    memory_mb: "number",
    concurrency: "number",
    max_instances: optional("number", "100"),
    warm_instances: "number",
    ping_schedule: optional("string"),
  },
  { endpoint: optional(objectOf({ auth_level: "string", ...JWT, cors: optional(objectOf(CORS)) })) },
  MODELS,
  { ...ENVIRONMENT, secrets: optionalMap(objectOf({ key_vault: "string" })) },
  { log_retention_days: "number", ...ALARMS, tags: optionalMap("string") },
);
