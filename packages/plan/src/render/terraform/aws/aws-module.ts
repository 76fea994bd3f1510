import type { ResolvedAws, ResolvedPlan } from "../../../resolved-plan.ts";
import type { Features } from "../features.ts";
import { block, expr, nested } from "../hcl.ts";
import { section, type TerraformModule } from "../terraform-module.ts";
import { awsAlarms, awsDashboard } from "./aws-alarms.ts";
import { awsEndpoints } from "./aws-endpoints.ts";
import { awsFunctions, awsLocals } from "./aws-functions.ts";
import { awsOutputs } from "./aws-outputs.ts";
import { awsPing } from "./aws-ping.ts";
import { awsRollout } from "./aws-rollout.ts";
import { awsValues } from "./aws-values.ts";
import { awsVariables } from "./aws-variables.ts";
import { awsWarm } from "./aws-warm.ts";

export function awsModule(
  plan: ResolvedPlan,
  aws: ResolvedAws,
  features: Features,
  hasDashboard: boolean,
): TerraformModule {
  return {
    target: "aws",
    stage: plan.stage,
    // 6.29 is the first version with invoked_via_function_url (hashicorp/terraform-provider-aws#44858).
    provider: {
      name: "aws",
      version: "~> 6.29",
      configuration: block("provider", ["aws"], {
        region: expr("var.region"),
        default_tags: nested({ tags: { service: expr("var.service"), stage: expr("var.stage") } }),
      }),
    },
    main: [
      awsLocals(features),
      ...section("Functions", awsFunctions(features)),
      ...section("Instances kept warm", awsWarm(features)),
      ...section("Pings", awsPing(features)),
      ...section("Endpoints", awsEndpoints(features)),
      ...section("Alarms and dashboard", [...awsAlarms(features), ...awsDashboard(hasDashboard)]),
      ...section("Rollout", awsRollout(features)),
    ],
    variables: awsVariables(features, hasDashboard),
    outputs: awsOutputs(features),
    values: awsValues(plan, aws, hasDashboard),
    backend: block("backend", ["s3"], {
      bucket: "YOUR-STATE-BUCKET",
      key: `${plan.service}/aws.tfstate`,
      region: aws.region,
      encrypt: true,
      use_lockfile: true,
    }),
  };
}
