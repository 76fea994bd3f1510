import { isGradual } from "../../../facts/rollout.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { getAtt, type Resources, ref } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";

/**
 * The alias that everything calls, on the version that was just published.
 *
 * Provisioned concurrency belongs to it, never to `$LATEST` (docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html).
 * A least of 0 has no such setting: Lambda takes 1 and more, and Application Auto Scaling makes it when a window begins.
 */
export function aliasResources(fn: ResolvedFunction, ids: FunctionIds, alias: string, version: string): Resources {
  const { min } = fn.warm;
  return {
    [ids.alias]: {
      Type: "AWS::Lambda::Alias",
      ...(isGradual(fn) ? { UpdatePolicy: gradually(ids) } : {}),
      Properties: {
        FunctionName: ref(ids.function),
        FunctionVersion: getAtt(version, "Version"),
        Name: alias,
        ...(min > 0 ? { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: min } } : {}),
      },
    },
  };
}

/** CloudFormation has CodeDeploy move the alias, by weights. */
function gradually(ids: FunctionIds): Readonly<Record<string, unknown>> {
  return {
    CodeDeployLambdaAliasUpdate: {
      ApplicationName: ref(CODE_DEPLOY_APPLICATION),
      DeploymentGroupName: ref(ids.deploymentGroup),
    },
  };
}

export const CODE_DEPLOY_APPLICATION = "TricastCodeDeployApplication";
