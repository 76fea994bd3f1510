import type { OutputFile } from "../../output-file.ts";
import type { ResolvedCloud, ResolvedPlan } from "../../resolved-plan.ts";
import { awsModule } from "./aws/aws-module.ts";
import { azureModule } from "./azure/azure-module.ts";
import { type Features, featuresOf } from "./features.ts";
import { gcpModule } from "./gcp/gcp-module.ts";
import { type TerraformModule, toFiles } from "./terraform-module.ts";

export function terraformFiles(plans: readonly ResolvedPlan[]): readonly OutputFile[] {
  const files = terraformModules(plans).flatMap(toFiles);
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

/** The modules as data, one for each target and stage. */
export function terraformModules(plans: readonly ResolvedPlan[]): TerraformModule[] {
  const hasDashboard = plans.some(({ aws }) => aws?.dashboard === true);
  const runsAs = {
    function: plans.some(({ gcp }) => gcp?.runAs === "function"),
    service: plans.some(({ gcp }) => gcp?.runAs === "service"),
  };
  return [
    ...modulesOf(plans, "aws", (plan, aws, features) => awsModule(plan, aws, features, hasDashboard)),
    ...modulesOf(plans, "azure", azureModule),
    ...modulesOf(plans, "gcp", (plan, gcp, features) => gcpModule(plan, gcp, features, runsAs)),
  ];
}

/** One module for each stage with the target. All stages share the sections. */
function modulesOf<T extends ResolvedCloud["target"]>(
  plans: readonly ResolvedPlan[],
  target: T,
  moduleOf: (plan: ResolvedPlan, own: NonNullable<ResolvedPlan[T]>, features: Features) => TerraformModule,
): TerraformModule[] {
  const features = featuresOf(plans.flatMap((plan) => plan[target]?.functions ?? []));
  return plans.flatMap((plan) => {
    const own = plan[target] as NonNullable<ResolvedPlan[T]> | undefined;
    return own === undefined ? [] : [moduleOf(plan, own, features)];
  });
}
