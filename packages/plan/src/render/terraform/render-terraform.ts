import type { OutputFile } from "../../output-file.ts";
import type { ResolvedPlan } from "../../resolved-plan.ts";
import { awsModule } from "./aws/aws-module.ts";
import { azureModule } from "./azure/azure-module.ts";
import { featuresOf } from "./features.ts";
import { gcpModule } from "./gcp/gcp-module.ts";
import { type TerraformModule, toFiles } from "./terraform-module.ts";

export function terraformFiles(plans: readonly ResolvedPlan[]): readonly OutputFile[] {
  const files = terraformModules(plans).flatMap(toFiles);
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

/** The modules before they are text, one for each target and stage. */
export function terraformModules(plans: readonly ResolvedPlan[]): TerraformModule[] {
  return [...awsModules(plans), ...azureModules(plans), ...gcpModules(plans)];
}

function awsModules(plans: readonly ResolvedPlan[]): TerraformModule[] {
  const features = featuresOf(plans.flatMap(({ aws }) => aws?.functions ?? []));
  const hasDashboard = plans.some(({ aws }) => aws?.dashboard === true);
  return plans.flatMap((plan) => (plan.aws === undefined ? [] : [awsModule(plan, plan.aws, features, hasDashboard)]));
}

function azureModules(plans: readonly ResolvedPlan[]): TerraformModule[] {
  const features = featuresOf(plans.flatMap(({ azure }) => azure?.functions ?? []));
  return plans.flatMap((plan) => (plan.azure === undefined ? [] : [azureModule(plan, plan.azure, features)]));
}

function gcpModules(plans: readonly ResolvedPlan[]): TerraformModule[] {
  const features = featuresOf(plans.flatMap(({ gcp }) => gcp?.functions ?? []));
  const runsAs = {
    function: plans.some(({ gcp }) => gcp?.runAs === "function"),
    service: plans.some(({ gcp }) => gcp?.runAs === "service"),
  };
  return plans.flatMap((plan) => (plan.gcp === undefined ? [] : [gcpModule(plan, plan.gcp, features, runsAs)]));
}
