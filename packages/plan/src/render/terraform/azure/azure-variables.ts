import { RUNTIMES } from "../../../facts/defaults.ts";
import type { Features } from "../features.ts";
import { type Block, expr } from "../hcl.ts";
import { ALARMS_TYPE, commonVariables, JWT_TYPE, MODELS_TYPE, stringVariable, variable } from "../terraform-module.ts";

export function azureVariables(features: Features): Block[] {
  return [
    ...commonVariables(features),
    stringVariable("location", "Region that everything is in."),
    stringVariable("resource_group", "Resource group, made here."),
    stringVariable("storage_account", "Storage account, made here; its name is unique in all of Azure."),
    stringVariable("node_version", "Version of Node; the artefacts are built for it.", RUNTIMES.azure),
    variable("functions", "The predictors and what each is given.", { type: FUNCTIONS }),
  ];
}

const FUNCTIONS = expr(
  "map(object({",
  "  name           = string",
  "  memory_mb      = number",
  "  concurrency    = number",
  "  max_instances  = optional(number, 100)",
  "  warm_instances = number",
  "  ping_schedule  = optional(string)",
  "",
  "  endpoint = optional(object({",
  "    auth_level = string",
  ...JWT_TYPE,
  "    cors = optional(object({",
  "      origins     = list(string)",
  "      credentials = bool",
  "    }))",
  "  }))",
  "",
  ...MODELS_TYPE,
  "",
  "  environment = optional(map(string), {})",
  "  secrets = optional(map(object({",
  "    key_vault = string",
  "  })), {})",
  "",
  "  log_retention_days = number",
  ...ALARMS_TYPE,
  "  tags = optional(map(string), {})",
  "}))",
);
