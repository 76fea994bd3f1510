import { CODE_DEPLOY_POLICY, DEPLOYMENT_STYLE, ROLLBACK_EVENTS, ROLLOUT_KINDS } from "../../../facts/rollout.ts";
import type { Features } from "../features.ts";
import { dynamic, expr, nested, type Part, template } from "../hcl.ts";
import { functionsIf, ifAny, locals, resource } from "../terraform-module.ts";
import { alarmNames } from "./aws-alarms.ts";
import { assumeRole } from "./aws-functions.ts";

/**
 * Moves traffic to a new version step by step, and back if an alarm sounds. Terraform creates the resources of CodeDeploy.
 * The output `rollouts` has the commands that start deployments.
 */
export function awsRollout(features: Features): Part[] {
  if (!features.rollout) return [];
  return [
    locals({ gradual: functionsIf("f.rollout != null") }),
    assumeRole("codedeploy", "codedeploy.amazonaws.com"),
    resource("aws_iam_role", "codedeploy", {
      ...IF_GRADUAL,
      name: template("${var.service}-${var.stage}-rollout"),
      assume_role_policy: expr("data.aws_iam_policy_document.codedeploy.json"),
    }),
    resource("aws_iam_role_policy_attachment", "codedeploy", {
      ...IF_GRADUAL,
      role: expr("aws_iam_role.codedeploy[0].name"),
      policy_arn: template(`arn:\${data.aws_partition.current.partition}:${CODE_DEPLOY_POLICY}`),
    }),
    resource("aws_codedeploy_app", "service", {
      ...IF_GRADUAL,
      name: template("${var.service}-${var.stage}"),
      compute_platform: "Lambda",
    }),
    deploymentConfig(),
    deploymentGroup(features),
  ];
}

const IF_GRADUAL = ifAny("local.gradual");

function deploymentConfig(): Part {
  const step = (kind: string) =>
    dynamic(expr(`each.value.rollout.kind == "${kind}" ? [each.value.rollout] : []`), {
      interval: expr(`time_based_${kind}.value.minutes`),
      percentage: expr(`time_based_${kind}.value.percent`),
    });
  return resource("aws_codedeploy_deployment_config", "function", {
    for_each: expr("local.gradual"),
    deployment_config_name: expr("each.value.name"),
    compute_platform: "Lambda",
    traffic_routing_config: nested({
      type: expr(`each.value.rollout.kind == "canary" ? "${ROLLOUT_KINDS.canary}" : "${ROLLOUT_KINDS.linear}"`),
      time_based_canary: step("canary"),
      time_based_linear: step("linear"),
    }),
  });
}

function deploymentGroup(features: Features): Part {
  const alarms = dynamic(expr("each.value.alarms[*]"), {
    enabled: true,
    alarms: expr("concat(", ...alarmNames(features).map((names) => `  ${names},`), ")"),
  });
  return resource("aws_codedeploy_deployment_group", "function", {
    for_each: expr("local.gradual"),
    app_name: expr("aws_codedeploy_app.service[0].name"),
    deployment_group_name: expr("each.key"),
    deployment_config_name: expr("aws_codedeploy_deployment_config.function[each.key].deployment_config_name"),
    service_role_arn: expr("aws_iam_role.codedeploy[0].arn"),
    deployment_style: nested({
      deployment_option: DEPLOYMENT_STYLE.option,
      deployment_type: DEPLOYMENT_STYLE.type,
    }),
    auto_rollback_configuration: nested({ enabled: true, events: ROLLBACK_EVENTS }),
    alarm_configuration: features.alarms ? alarms : undefined,
  });
}
