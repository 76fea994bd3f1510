import type { ResolvedFunction } from "../resolved-plan.ts";

/** Events after which CodeDeploy moves an alias back to its old version. */
export const ROLLBACK_EVENTS = [
  "DEPLOYMENT_FAILURE",
  "DEPLOYMENT_STOP_ON_ALARM",
  "DEPLOYMENT_STOP_ON_REQUEST",
] as const;

/** docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html */
export const CODE_DEPLOY_POLICY = "iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited";

/** CodeDeploy sets the weights of the alias. Callers keep calling the alias. */
export const DEPLOYMENT_STYLE = { type: "BLUE_GREEN", option: "WITH_TRAFFIC_CONTROL" } as const;

export const ROLLOUT_KINDS = { canary: "TimeBasedCanary", linear: "TimeBasedLinear" } as const;

/** Whether a new version takes over step by step. */
export function isGradual({ rollout }: ResolvedFunction): boolean {
  return rollout.kind !== "all-at-once";
}
