import { isGradual } from "../../../facts/rollout.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { getAtt, type Resources, ref, resource } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";

/**
 * The alias that all callers use, on the version that was just published.
 *
 * Provisioned concurrency belongs to it, never to `$LATEST` (docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html).
 * Lambda accepts 1 or more. For a minimum of 0, Application Auto Scaling creates the setting when a window begins.
 */
export function aliasResources(fn: ResolvedFunction, ids: FunctionIds, alias: string, version: string): Resources {
  const { min } = fn.warm;
  const properties = {
    FunctionName: ref(ids.function),
    FunctionVersion: getAtt(version, "Version"),
    Name: alias,
    ...(min > 0 ? { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: min } } : {}),
  };
  return { [ids.alias]: resource("Lambda::Alias", properties, isGradual(fn) ? { UpdatePolicy: gradually(ids) } : {}) };
}

/** CodeDeploy moves the alias, by weights. */
function gradually(ids: FunctionIds): Readonly<Record<string, unknown>> {
  return {
    CodeDeployLambdaAliasUpdate: {
      ApplicationName: ref(CODE_DEPLOY_APPLICATION),
      DeploymentGroupName: ref(ids.deploymentGroup),
    },
  };
}

export const CODE_DEPLOY_APPLICATION = "TricastCodeDeployApplication";
