import {
  CODE_DEPLOY_POLICY,
  DEPLOYMENT_STYLE,
  isGradual,
  ROLLBACK_EVENTS,
  ROLLOUT_KINDS,
} from "../../../facts/rollout.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { getAtt, type Resources, ref, serviceRole, sub } from "../cloudformation.ts";
import { functionIds, idPart } from "../function-ids.ts";
import { CODE_DEPLOY_APPLICATION } from "./alias.ts";

const CODE_DEPLOY_ROLE = "TricastCodeDeployRole";

/**
 * What moves the alias to a new version step by step, and back when an alarm sounds. CodeDeploy gives the alias weights;
 * who calls it does not change. Nothing where every version takes over at once.
 *
 * @param alarmsOf logical ids of the alarms that turn a rollout back.
 */
export function rolloutResources(
  functions: readonly ResolvedFunction[],
  alarmsOf: (fn: ResolvedFunction) => readonly string[],
): Resources {
  const gradual = functions.filter(isGradual);
  if (gradual.length === 0) return {};
  return {
    [CODE_DEPLOY_APPLICATION]: {
      Type: "AWS::CodeDeploy::Application",
      Properties: { ComputePlatform: "Lambda" },
    },
    [CODE_DEPLOY_ROLE]: serviceRole("codedeploy.amazonaws.com", {
      ManagedPolicyArns: [sub(`arn:\${AWS::Partition}:${CODE_DEPLOY_POLICY}`)],
    }),
    ...Object.assign({}, ...gradual.map((fn) => deploymentConfig(fn))),
    ...Object.assign({}, ...gradual.map((fn) => deploymentGroup(fn, alarmsOf(fn)))),
  };
}

/** Functions with the same steps share one. */
function deploymentConfig({ rollout }: ResolvedFunction): Resources {
  const isCanary = rollout.kind === "canary";
  const step = isCanary
    ? { CanaryPercentage: rollout.percent, CanaryInterval: rollout.minutes }
    : { LinearPercentage: rollout.percent, LinearInterval: rollout.minutes };
  return {
    [configId(rollout)]: {
      Type: "AWS::CodeDeploy::DeploymentConfig",
      Properties: {
        ComputePlatform: "Lambda",
        TrafficRoutingConfig: isCanary
          ? { Type: ROLLOUT_KINDS.canary, TimeBasedCanary: step }
          : { Type: ROLLOUT_KINDS.linear, TimeBasedLinear: step },
      },
    },
  };
}

function deploymentGroup(fn: ResolvedFunction, alarms: readonly string[]): Resources {
  return {
    [functionIds(fn.predictor).deploymentGroup]: {
      Type: "AWS::CodeDeploy::DeploymentGroup",
      Properties: {
        ApplicationName: ref(CODE_DEPLOY_APPLICATION),
        DeploymentConfigName: ref(configId(fn.rollout)),
        DeploymentStyle: { DeploymentType: DEPLOYMENT_STYLE.type, DeploymentOption: DEPLOYMENT_STYLE.option },
        ServiceRoleArn: getAtt(CODE_DEPLOY_ROLE, "Arn"),
        ...(alarms.length > 0
          ? { AlarmConfiguration: { Enabled: true, Alarms: alarms.map((id) => ({ Name: ref(id) })) } }
          : {}),
        AutoRollbackConfiguration: { Enabled: true, Events: ROLLBACK_EVENTS },
      },
    },
  };
}

function configId({ kind, percent, minutes }: ResolvedFunction["rollout"]): string {
  return `Tricast${idPart(kind)}${String(percent).replace(".", "Point")}Percent${minutes}Minutes`;
}
