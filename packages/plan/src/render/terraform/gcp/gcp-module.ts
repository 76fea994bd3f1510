import type { ResolvedGcp, ResolvedPlan } from "../../../resolved-plan.ts";
import type { Features } from "../features.ts";
import { block, expr } from "../hcl.ts";
import { locals, output, section, type TerraformModule } from "../terraform-module.ts";
import { gcpAccess } from "./gcp-access.ts";
import { gcpCommon, gcpFunctions, type RunsAs } from "./gcp-functions.ts";
import { gcpAlarms, gcpLogs } from "./gcp-logs.ts";
import { gcpPing } from "./gcp-ping.ts";
import { gcpValues } from "./gcp-values.ts";
import { gcpVariables } from "./gcp-variables.ts";

export function gcpModule(plan: ResolvedPlan, gcp: ResolvedGcp, features: Features, runsAs: RunsAs): TerraformModule {
  return {
    target: "gcp",
    stage: plan.stage,
    provider: {
      name: "google",
      version: "~> 6.50",
      configuration: block("provider", ["google"], { project: expr("var.project"), region: expr("var.region") }),
    },
    main: [
      locals({ labels: { service: expr("var.service"), stage: expr("var.stage") } }),
      ...section("Shared by the functions", gcpCommon()),
      ...section("Functions", gcpFunctions(features, runsAs)),
      ...section("Permissions to call functions, and to read models and secrets", gcpAccess(features)),
      ...section("Pings", gcpPing(features)),
      ...section("Logs and alarms", [...gcpLogs(), ...gcpAlarms(features)]),
    ],
    variables: gcpVariables(features),
    outputs: [
      output("endpoints", "Address of each predictor.", expr("{ for name, r in local.running : name => r.uri }")),
      output(
        "services",
        "Cloud Run service of each predictor.",
        expr("{ for name, r in local.running : name => r.service }"),
      ),
    ],
    values: gcpValues(plan, gcp, features),
    backend: block("backend", ["gcs"], { bucket: "YOUR-STATE-BUCKET", prefix: `${plan.service}/gcp` }),
  };
}
