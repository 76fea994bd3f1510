import type { Features } from "../features.ts";
import { type Block, block, call, expr, type Part, template, type ValueMap } from "../hcl.ts";
import { resource } from "../terraform-module.ts";

const PERIOD_SECONDS = 300;

/** Errors, slow answers, throttles, and requests that found no provisioned instance; with `notify` told to somebody. */
export function awsAlarms(features: Features): Part[] {
  if (!features.alarms) return [];
  const warm = "{ for name, f in local.alarmed : name => f if f.warm.max > 0 || length(f.warm.schedule) > 0 }";
  const isWarm = features.fixedWarm || features.scaledWarm || features.scheduledWarm;
  return [
    block("locals", [], { alarmed: expr("{ for name, f in var.functions : name => f if f.alarms != null }") }),
    errorAlarm(),
    alarm("p99", "local.alarmed", "answers slowly", {
      ...metric("Duration"),
      extended_statistic: "p99",
      threshold: expr("each.value.alarms.p99_ms"),
      comparison_operator: "GreaterThanThreshold",
    }),
    alarm("throttles", "local.alarmed", "is throttled", counted("Throttles")),
    ...(isWarm
      ? [
          alarm(
            "spillover",
            warm,
            "has fewer provisioned instances than it needs",
            counted("ProvisionedConcurrencySpilloverInvocations"),
          ),
        ]
      : []),
  ];
}

function counted(name: string): ValueMap {
  return { ...metric(name), statistic: "Sum", threshold: 0, comparison_operator: "GreaterThanThreshold" };
}

/** Of the alias: docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html, dimensions. */
function metric(name: string): ValueMap {
  return {
    namespace: "AWS/Lambda",
    metric_name: name,
    dimensions: { FunctionName: expr("each.value.name"), Resource: template("${each.value.name}:${var.alias}") },
    period: PERIOD_SECONDS,
  };
}

function alarm(name: string, functions: string, what: string, settings: ValueMap, ...queries: readonly Block[]): Part {
  return resource(
    "aws_cloudwatch_metric_alarm",
    name,
    {
      for_each: expr(functions),
      alarm_name: template(`\${each.value.name}-${name}`),
      alarm_description: template(`\${each.key} ${what}.`),
      evaluation_periods: 1,
      ...settings,
      treat_missing_data: "notBreaching",
      alarm_actions: expr("each.value.alarms.notify"),
      ok_actions: expr("each.value.alarms.notify"),
      tags: expr("each.value.tags"),
    },
    ...queries,
  );
}

function errorAlarm(): Part {
  const query = (id: string, name: string) => {
    const { dimensions, ...own } = metric(name);
    return block("metric_query", [], { id }, block("metric", [], { ...own, stat: "Sum", dimensions }));
  };
  const share = {
    id: "percent",
    expression: "100 * errors / MAX([errors, invocations])",
    label: "Failed invocations (%)",
    return_data: true,
  };
  return alarm(
    "errors",
    "local.alarmed",
    "fails",
    { threshold: expr("each.value.alarms.error_percent"), comparison_operator: "GreaterThanThreshold" },
    block("metric_query", [], share),
    query("errors", "Errors"),
    query("invocations", "Invocations"),
  );
}

export function awsDashboard(hasDashboard: boolean): Part[] {
  if (!hasDashboard) return [];
  const body = {
    widgets: expr(
      "flatten([for index, name in keys(var.functions) : [",
      "  for column, widget in local.widgets : {",
      '    type   = "metric"',
      "    x      = column * 8",
      "    y      = index * 6",
      "    width  = 8",
      "    height = 6",
      "    properties = {",
      '      title  = "${name}: ${widget.title}"',
      "      region = var.region",
      `      period = ${PERIOD_SECONDS}`,
      "      metrics = [for m in widget.metrics : [",
      '        "AWS/Lambda", m.name, "FunctionName", var.functions[name].name,',
      '        "Resource", "${var.functions[name].name}:${var.alias}", { stat = m.stat }',
      "      ]]",
      "    }",
      "  }",
      "]])",
    ),
  };
  const metrics = (...names: readonly (readonly [string, string])[]) => names.map(([name, stat]) => ({ name, stat }));
  return [
    block("locals", [], {
      widgets: [
        { title: "requests", metrics: metrics(["Invocations", "Sum"], ["Errors", "Sum"], ["Throttles", "Sum"]) },
        { title: "time", metrics: metrics(["Duration", "p50"], ["Duration", "p99"]) },
        {
          title: "instances",
          metrics: metrics(
            ["ConcurrentExecutions", "Maximum"],
            ["ProvisionedConcurrencyUtilization", "Maximum"],
            ["ProvisionedConcurrencySpilloverInvocations", "Sum"],
          ),
        },
      ],
    }),
    resource("aws_cloudwatch_dashboard", "service", {
      count: expr("var.dashboard ? 1 : 0"),
      dashboard_name: template("${var.service}-${var.stage}"),
      dashboard_body: call("jsonencode", body),
    }),
  ];
}
