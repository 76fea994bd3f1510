import { RUNTIMES } from "../../../facts/defaults.ts";
import type { Features } from "../features.ts";
import { type Block, expr } from "../hcl.ts";
import { commonVariables, stringVariable, variable } from "../terraform-module.ts";
import { ALARMS, ENVIRONMENT, MODELS, mapOf, objectOf, optional, optionalMap } from "../types.ts";

export function gcpVariables({ zip, ping }: Features): Block[] {
  return [
    ...commonVariables({ zip }),
    stringVariable("project", "Project of all resources."),
    stringVariable("region", "Region of all resources."),
    ...(zip ? [stringVariable("code_bucket", "Bucket for the code, which this module creates.")] : []),
    ...(ping ? [stringVariable("ping_account", "Service account that pings, which this module creates.", null)] : []),
    ...(zip
      ? [stringVariable("runtime", "Runtime of the functions; the artefacts are built for it.", RUNTIMES.gcp)]
      : []),
    variable("functions", "The predictors with their settings.", { type: expr(mapOf(FUNCTION)) }),
  ];
}

const FUNCTION = objectOf(
  {
    name: "string",
    account: "string",
    run_as: "string",
    image: optional("string"),
    memory_mb: "number",
    cpu: "string",
    timeout_seconds: "number",
    concurrency: "number",
    max_instances: optional("number"),
    min_instances: "number",
    ping_schedule: optional("string"),
    public: "bool",
  },
  MODELS,
  {
    ...ENVIRONMENT,
    secrets: optionalMap(objectOf({ project: optional("string"), secret: "string", version: "string" })),
  },
  { log_retention_days: "number", ...ALARMS, labels: optionalMap("string") },
);
