import { CODE_DEPLOY_POLICY, DEPLOYMENT_STYLE, ROLLBACK_EVENTS, ROLLOUT_KINDS } from "../../../facts/rollout.ts";
import type { Features } from "../features.ts";
import { block, expr, type Part, template } from "../hcl.ts";
import { data, dynamic, resource } from "../terraform-module.ts";
import { alarmNames } from "./aws-alarms.ts";

/**
 * Traffic moves to a new version step by step, and back when an alarm rings. Terraform makes what CodeDeploy needs;
 * each deployment is started with the command that the output `rollouts` holds.
 */
export function awsRollout(features: Features): Part[] {
  if (!features.rollout) return [];
  const service = { type: "Service", identifiers: ["codedeploy.amazonaws.com"] };
  return [
    block("locals", [], { gradual: expr("{ for name, f in var.functions : name => f if f.rollout != null }") }),
    data(
      "aws_iam_policy_document",
      "codedeploy",
      block("statement", [], { actions: ["sts:AssumeRole"] }, block("principals", [], service)),
    ),
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

const IF_GRADUAL = { count: expr("length(local.gradual) > 0 ? 1 : 0") };

function deploymentConfig(): Part {
  const step = (kind: string) =>
    dynamic(`time_based_${kind}`, expr(`each.value.rollout.kind == "${kind}" ? [each.value.rollout] : []`), {
      interval: expr(`time_based_${kind}.value.minutes`),
      percentage: expr(`time_based_${kind}.value.percent`),
    });
  return resource(
    "aws_codedeploy_deployment_config",
    "function",
    {
      for_each: expr("local.gradual"),
      deployment_config_name: expr("each.value.name"),
      compute_platform: "Lambda",
    },
    block(
      "traffic_routing_config",
      [],
      { type: expr(`each.value.rollout.kind == "canary" ? "${ROLLOUT_KINDS.canary}" : "${ROLLOUT_KINDS.linear}"`) },
      step("canary"),
      step("linear"),
    ),
  );
}

function deploymentGroup(features: Features): Part {
  const ringing = {
    enabled: true,
    alarms: expr("concat(", ...alarmNames(features).map((names) => `  ${names},`), ")"),
  };
  return resource(
    "aws_codedeploy_deployment_group",
    "function",
    {
      for_each: expr("local.gradual"),
      app_name: expr("aws_codedeploy_app.service[0].name"),
      deployment_group_name: expr("each.key"),
      deployment_config_name: expr("aws_codedeploy_deployment_config.function[each.key].deployment_config_name"),
      service_role_arn: expr("aws_iam_role.codedeploy[0].arn"),
    },
    block("deployment_style", [], {
      deployment_option: DEPLOYMENT_STYLE.option,
      deployment_type: DEPLOYMENT_STYLE.type,
    }),
    block("auto_rollback_configuration", [], { enabled: true, events: ROLLBACK_EVENTS }),
    ...(features.alarms ? [dynamic("alarm_configuration", expr("each.value.alarms[*]"), ringing)] : []),
  );
}
