import {
  CODE_DEPLOY_POLICY,
  DEPLOYMENT_STYLE,
  isGradual,
  ROLLBACK_EVENTS,
  ROLLOUT_KINDS,
} from "../../../facts/rollout.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { arn, getAtt, merge, type Resources, ref, resource, serviceRole } from "../cloudformation.ts";
import { functionIds, idPart } from "../function-ids.ts";
import { CODE_DEPLOY_APPLICATION } from "./alias.ts";

const CODE_DEPLOY_ROLE = "TricastCodeDeployRole";

/**
 * Moves the alias to a new version step by step, and back if an alarm sounds. CodeDeploy sets the weights of the alias;
 * callers keep the same address. No resources if every version takes over at once.
 *
 * @param alarmsOf logical ids of the alarms that roll back.
 */
export function rolloutResources(
  functions: readonly ResolvedFunction[],
  alarmsOf: (fn: ResolvedFunction) => readonly string[],
): Resources {
  const gradual = functions.filter(isGradual);
  if (gradual.length === 0) return {};
  return {
    [CODE_DEPLOY_APPLICATION]: resource("CodeDeploy::Application", { ComputePlatform: "Lambda" }),
    [CODE_DEPLOY_ROLE]: serviceRole("codedeploy.amazonaws.com", { ManagedPolicyArns: [arn(CODE_DEPLOY_POLICY)] }),
    ...merge(gradual.map(deploymentConfig)),
    ...merge(gradual.map((fn) => deploymentGroup(fn, alarmsOf(fn)))),
  };
}

/** Functions with the same steps share one configuration. */
function deploymentConfig({ rollout }: ResolvedFunction): Resources {
  const { percent, minutes } = rollout;
  const routing =
    rollout.kind === "canary"
      ? { Type: ROLLOUT_KINDS.canary, TimeBasedCanary: { CanaryPercentage: percent, CanaryInterval: minutes } }
      : { Type: ROLLOUT_KINDS.linear, TimeBasedLinear: { LinearPercentage: percent, LinearInterval: minutes } };
  return {
    [configId(rollout)]: resource("CodeDeploy::DeploymentConfig", {
      ComputePlatform: "Lambda",
      TrafficRoutingConfig: routing,
    }),
  };
}

function deploymentGroup(fn: ResolvedFunction, alarms: readonly string[]): Resources {
  const watched = { Enabled: true, Alarms: alarms.map((id) => ({ Name: ref(id) })) };
  return {
    [functionIds(fn.predictor).deploymentGroup]: resource("CodeDeploy::DeploymentGroup", {
      ApplicationName: ref(CODE_DEPLOY_APPLICATION),
      DeploymentConfigName: ref(configId(fn.rollout)),
      DeploymentStyle: { DeploymentType: DEPLOYMENT_STYLE.type, DeploymentOption: DEPLOYMENT_STYLE.option },
      ServiceRoleArn: getAtt(CODE_DEPLOY_ROLE, "Arn"),
      ...(alarms.length > 0 ? { AlarmConfiguration: watched } : {}),
      AutoRollbackConfiguration: { Enabled: true, Events: ROLLBACK_EVENTS },
    }),
  };
}

function configId({ kind, percent, minutes }: ResolvedFunction["rollout"]): string {
  return `Tricast${idPart(kind)}${String(percent).replace(".", "Point")}Percent${minutes}Minutes`;
}
