import type { Features } from "../features.ts";
import { expr, type Members, nested, type Part, template } from "../hcl.ts";
import { functionsIf, locals, merged, resource } from "../terraform-module.ts";
import { aliasOf } from "./aws-gateway.ts";

/** Provisioned concurrency: a fixed number, or a number that follows utilisation and the time of day. */
export function awsWarm(features: Features): Part[] {
  const { fixedWarm, scaledWarm, warm } = features;
  if (!warm) return [];
  const functionsWith = (condition: string) =>
    expr("{", "  for name, f in var.functions : name => f", `  if ${condition}`, "}");
  return [
    locals({
      fixed: fixedWarm
        ? functionsWith("f.warm.min > 0 && f.warm.max == f.warm.min && length(f.warm.schedule) == 0")
        : undefined,
      scaled: scaledWarm ? functionsWith("f.warm.max > f.warm.min || length(f.warm.schedule) > 0") : undefined,
    }),
    ...(fixedWarm ? [provisioned("fixed", "each.value.warm.min", features)] : []),
    ...(scaledWarm ? scaling(features) : []),
  ];
}

function provisioned(name: string, count: string, features: Features, more: Members = {}): Part {
  return resource("aws_lambda_provisioned_concurrency_config", name, {
    for_each: expr(`local.${name}`),
    ...aliasOf(features),
    provisioned_concurrent_executions: expr(count),
    ...more,
  });
}

/** After creation, Application Auto Scaling decides the number. */
function scaling(features: Features): Part[] {
  const { scheduledWarm } = features;
  return [
    provisioned("scaled", "max(each.value.warm.min, 1)", features, ignoring("provisioned_concurrent_executions")),
    ...(scheduledWarm ? targetsWithSchedule() : [target("scaled", "local.scaled")]),
    policy(scheduledWarm ? "local.scaling_targets" : "aws_appautoscaling_target.scaled"),
    ...(scheduledWarm ? [scheduledAction()] : []),
  ];
}

function ignoring(...names: readonly string[]): Members {
  return { lifecycle: nested({ ignore_changes: names.map((name) => expr(name)) }) };
}

/** The schedule changes the bounds of its targets. Terraform must not reset them. */
function targetsWithSchedule(): Part[] {
  const some = (condition: string) => functionsIf(`length(f.warm.schedule) ${condition} 0`, "local.scaled").text;
  return [
    target("scaled", some("==")),
    target("scheduled", some(">"), ignoring("min_capacity", "max_capacity")),
    locals({
      scaling_targets: expr("merge(aws_appautoscaling_target.scaled, aws_appautoscaling_target.scheduled)"),
    }),
  ];
}

function target(name: string, functions: string, more: Members = {}): Part {
  const provisionedOf = "aws_lambda_provisioned_concurrency_config.scaled[each.key]";
  return resource("aws_appautoscaling_target", name, {
    for_each: expr(functions),
    service_namespace: "lambda",
    scalable_dimension: "lambda:function:ProvisionedConcurrency",
    resource_id: template(`function:\${${provisionedOf}.function_name}:\${${provisionedOf}.qualifier}`),
    min_capacity: expr("each.value.warm.min"),
    max_capacity: expr("each.value.warm.max"),
    ...more,
  });
}

/** Attributes that name the scaled resource, from a target with the same attributes. */
function scaledBy(target: string) {
  return {
    service_namespace: expr(`${target}.service_namespace`),
    scalable_dimension: expr(`${target}.scalable_dimension`),
    resource_id: expr(`${target}.resource_id`),
  };
}

function policy(targets: string): Part {
  const isElastic = "local.scaled[name].warm.max > local.scaled[name].warm.min";
  const isElasticAtTimes = "anytrue([for w in values(local.scaled[name].warm.schedule) : w.max > w.min])";
  return resource("aws_appautoscaling_policy", "utilization", {
    for_each: expr(
      "{",
      `  for name, target in ${targets} : name => target`,
      `  if ${isElastic} || ${isElasticAtTimes}`,
      "}",
    ),
    name: template("${local.scaled[each.key].name}-utilization"),
    policy_type: "TargetTrackingScaling",
    ...scaledBy("each.value"),
    target_tracking_scaling_policy_configuration: nested({
      target_value: expr("local.scaled[each.key].warm.target_utilization"),
      predefined_metric_specification: nested({ predefined_metric_type: "LambdaProvisionedConcurrencyUtilization" }),
    }),
  });
}

function scheduledAction(): Part {
  return resource("aws_appautoscaling_scheduled_action", "window", {
    for_each: merged(
      "local.scaled",
      '  for window, w in f.warm.schedule : "${name}/${window}" => merge(w, { function = name, window = window })',
    ),
    name: template("${var.functions[each.value.function].name}-${each.value.window}"),
    ...scaledBy("local.scaling_targets[each.value.function]"),
    schedule: expr("each.value.cron"),
    timezone: expr("each.value.time_zone"),
    scalable_target_action: nested({ min_capacity: expr("each.value.min"), max_capacity: expr("each.value.max") }),
  });
}
