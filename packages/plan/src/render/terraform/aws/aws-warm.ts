import type { Features } from "../features.ts";
import { block, expr, type Part, template } from "../hcl.ts";
import { merged, resource } from "../terraform-module.ts";
import { aliasesOf } from "./aws-functions.ts";

/** Provisioned concurrency: a fixed number, or as many as utilisation and the time of day ask for. */
export function awsWarm(features: Features): Part[] {
  const { fixedWarm, scaledWarm, scheduledWarm } = features;
  const scales = scaledWarm || scheduledWarm;
  if (!fixedWarm && !scales) return [];
  return [
    block("locals", [], {
      ...(fixedWarm && {
        fixed: expr(
          "{",
          "  for name, f in var.functions : name => f",
          "  if f.warm.min > 0 && f.warm.max == f.warm.min && length(f.warm.schedule) == 0",
          "}",
        ),
      }),
      ...(scales && {
        scaled: expr(
          "{",
          "  for name, f in var.functions : name => f",
          "  if f.warm.max > f.warm.min || length(f.warm.schedule) > 0",
          "}",
        ),
      }),
    }),
    ...(fixedWarm ? [provisioned("fixed", "each.value.warm.min", features)] : []),
    ...(scales ? scaling(features) : []),
  ];
}

function provisioned(name: string, count: string, features: Features, ...more: readonly Part[]): Part {
  const settings = {
    for_each: expr(`local.${name}`),
    function_name: expr(`${aliasesOf(features)}[each.key].function_name`),
    qualifier: expr(`${aliasesOf(features)}[each.key].name`),
    provisioned_concurrent_executions: expr(count),
  };
  return resource("aws_lambda_provisioned_concurrency_config", name, settings, ...more);
}

function scaling(features: Features): Part[] {
  const { scheduledWarm } = features;
  const ignored = block("lifecycle", [], { ignore_changes: [expr("provisioned_concurrent_executions")] });
  return [
    // Application Auto Scaling decides the number from here on.
    provisioned("scaled", "max(each.value.warm.min, 1)", features, ignored),
    ...(scheduledWarm ? targetsWithSchedule() : [target("scaled", "local.scaled")]),
    policy(features),
    ...(scheduledWarm ? [scheduledAction()] : []),
  ];
}

const TARGETS = { scheduled: "local.scaling_targets", unscheduled: "aws_appautoscaling_target.scaled" };

/** The schedule changes the bounds of its targets, and Terraform shall not set them back. */
function targetsWithSchedule(): Part[] {
  const some = (condition: string) =>
    `{ for name, f in local.scaled : name => f if length(f.warm.schedule) ${condition} 0 }`;
  const bounds = block("lifecycle", [], { ignore_changes: [expr("min_capacity"), expr("max_capacity")] });
  return [
    target("scaled", some("==")),
    target("scheduled", some(">"), bounds),
    block("locals", [], {
      scaling_targets: expr("merge(aws_appautoscaling_target.scaled, aws_appautoscaling_target.scheduled)"),
    }),
  ];
}

function target(name: string, functions: string, ...more: readonly Part[]): Part {
  const provisionedOf = "aws_lambda_provisioned_concurrency_config.scaled[each.key]";
  return resource(
    "aws_appautoscaling_target",
    name,
    {
      for_each: expr(functions),
      service_namespace: "lambda",
      scalable_dimension: "lambda:function:ProvisionedConcurrency",
      resource_id: template(`function:\${${provisionedOf}.function_name}:\${${provisionedOf}.qualifier}`),
      min_capacity: expr("each.value.warm.min"),
      max_capacity: expr("each.value.warm.max"),
    },
    ...more,
  );
}

function policy({ scheduledWarm }: Features): Part {
  const targets = scheduledWarm ? TARGETS.scheduled : TARGETS.unscheduled;
  const isElastic = "local.scaled[name].warm.max > local.scaled[name].warm.min";
  const isElasticAtTimes = "anytrue([for w in values(local.scaled[name].warm.schedule) : w.max > w.min])";
  return resource(
    "aws_appautoscaling_policy",
    "utilization",
    {
      for_each: expr(
        "{",
        `  for name, target in ${targets} : name => target`,
        `  if ${isElastic} || ${isElasticAtTimes}`,
        "}",
      ),
      name: template("${local.scaled[each.key].name}-utilization"),
      policy_type: "TargetTrackingScaling",
      service_namespace: expr("each.value.service_namespace"),
      scalable_dimension: expr("each.value.scalable_dimension"),
      resource_id: expr("each.value.resource_id"),
    },
    block(
      "target_tracking_scaling_policy_configuration",
      [],
      { target_value: expr("local.scaled[each.key].warm.target_utilization") },
      block("predefined_metric_specification", [], {
        predefined_metric_type: "LambdaProvisionedConcurrencyUtilization",
      }),
    ),
  );
}

function scheduledAction(): Part {
  return resource(
    "aws_appautoscaling_scheduled_action",
    "window",
    {
      for_each: merged(
        "local.scaled",
        '  for window, w in f.warm.schedule : "${name}/${window}" => merge(w, { function = name, window = window })',
      ),
      name: template("${var.functions[each.value.function].name}-${each.value.window}"),
      service_namespace: expr("local.scaling_targets[each.value.function].service_namespace"),
      scalable_dimension: expr("local.scaling_targets[each.value.function].scalable_dimension"),
      resource_id: expr("local.scaling_targets[each.value.function].resource_id"),
      schedule: expr("each.value.cron"),
      timezone: expr("each.value.time_zone"),
    },
    block("scalable_target_action", [], {
      min_capacity: expr("each.value.min"),
      max_capacity: expr("each.value.max"),
    }),
  );
}
