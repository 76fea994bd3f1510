import { ALIAS, RUNTIMES } from "../../../facts/defaults.ts";
import type { Features } from "../features.ts";
import { type Block, expr, nested } from "../hcl.ts";
import { ALARMS_TYPE, commonVariables, JWT_TYPE, stringVariable, variable } from "../terraform-module.ts";

export function awsVariables(features: Features, hasDashboard: boolean): Block[] {
  return [
    ...commonVariables(features),
    stringVariable("region", "Region that everything is in."),
    stringVariable("alias", "Alias that callers, events and provisioned concurrency use.", ALIAS),
    ...(features.zip
      ? [stringVariable("runtime", "Runtime of the functions; the artefacts are built for it.", RUNTIMES.aws)]
      : []),
    ...(hasDashboard ? [variable("dashboard", "Whether there is a CloudWatch dashboard.", DASHBOARD)] : []),
    variable("functions", "The predictors and what each is given.", {
      type: FUNCTIONS,
      validation: nested({
        condition: expr('alltrue([for f in var.functions : f.packaging != "image" || f.image != null])'),
        error_message: "A function whose packaging is image needs image: registry/repository:tag.",
      }),
    }),
  ];
}

const DASHBOARD = { type: expr("bool"), default: false };

const FUNCTIONS = expr(
  "map(object({",
  "  name            = string",
  "  memory_mb       = number",
  "  timeout_seconds = number",
  "  scratch_mb      = number",
  "  architecture    = string",
  "  packaging       = string",
  "  image           = optional(string)",
  "  max_instances   = optional(number)",
  "",
  "  warm = object({",
  "    min                = number",
  "    max                = number",
  "    target_utilization = number",
  "    schedule = optional(map(object({",
  "      cron      = string",
  "      time_zone = string",
  "      min       = number",
  "      max       = number",
  "    })), {})",
  "  })",
  "",
  "  ping = optional(object({",
  "    rule        = string",
  "    schedule    = string",
  "    concurrency = number",
  "    hold_ms     = number",
  "  }))",
  "",
  "  endpoint = optional(object({",
  "    kind          = string",
  "    path          = string",
  "    authorization = string",
  ...JWT_TYPE,
  "    cors = optional(object({",
  "      origins         = list(string)",
  "      headers         = list(string)",
  "      credentials     = bool",
  "      max_age_seconds = number",
  "    }))",
  "    preflight = optional(object({",
  "      headers  = map(string)",
  "      template = string",
  "    }))",
  "  }))",
  "",
  "  models = optional(map(object({",
  "    bucket  = string",
  "    objects = string",
  "  })), {})",
  "",
  "  environment = optional(map(string), {})",
  "  secrets = optional(map(object({",
  "    ssm             = optional(string)",
  "    secrets_manager = optional(string)",
  "  })), {})",
  "",
  "  log_retention_days = number",
  ...ALARMS_TYPE,
  "  rollout = optional(object({",
  "    kind    = string",
  "    percent = number",
  "    minutes = number",
  "  }))",
  "  tags = optional(map(string), {})",
  "}))",
);
