import { ALARM, ALARMS, type Alarm, type AlarmMetric, ENDPOINT_METRICS, SHARE } from "../../../facts/alarms.ts";
import { WIDGET_SETTINGS, WIDGET_SIZE, WIDGETS } from "../../../facts/dashboard.ts";
import type { Features } from "../features.ts";
import { call, expr, type Members, nested, type Part, template, type ValueMap } from "../hcl.ts";
import { functionsIf, locals, resource } from "../terraform-module.ts";

/** One resource for each kind of alarm, over the functions that have it. */
export function awsAlarms(features: Features): Part[] {
  if (!features.alarms) return [];
  return [
    locals({
      alarmed: functionsIf("f.alarms != null"),
      answered: hasEndpoint(features) ? endpointMetrics(features) : undefined,
    }),
    ...alarmsIn(features).map(alarm),
  ];
}

/** The alarms that at least one function of any stage has. */
function alarmsIn(features: Features): readonly Alarm[] {
  const isIn: Readonly<Record<string, boolean>> = { "server-errors": hasEndpoint(features), spillover: features.warm };
  return ALARMS.filter(({ name }) => isIn[name] ?? true);
}

/** The functions that have an alarm, if not all have it. */
const ALARMED: Readonly<Record<string, string>> = {
  "server-errors": "contains(keys(local.answered), name)",
  spillover: "max(f.warm.max, values(f.warm.schedule)[*].max...) > 0",
};

/** References to the names of all alarms of a function, for a deployment group. */
export function alarmNames(features: Features): readonly string[] {
  return alarmsIn(features).map(({ name }) => {
    const reference = `[aws_cloudwatch_metric_alarm.${addressOf(name)}[each.key].alarm_name]`;
    return ALARMED[name] === undefined ? reference : `try(${reference}, [])`;
  });
}

function addressOf(name: string): string {
  return name.replaceAll("-", "_");
}

function hasEndpoint({ http, rest, functionUrl }: Features): boolean {
  return http || rest || functionUrl;
}

const LIMITS = { errorPercent: "each.value.alarms.error_percent", p99Ms: "each.value.alarms.p99_ms" } as const;

function alarm({ name, limit, describe, metric }: Alarm): Part {
  const notify = expr("each.value.alarms.notify");
  const condition = ALARMED[name];
  return resource("aws_cloudwatch_metric_alarm", addressOf(name), {
    for_each: condition === undefined ? expr("local.alarmed") : functionsIf(condition, "local.alarmed"),
    alarm_name: template(`\${each.value.name}-${name}`),
    alarm_description: template(describe(limit === undefined ? "0" : `\${${LIMITS[limit]}}`)),
    ...(metric.kind === "statistic" ? statistic(metric.name, metric.statistic) : {}),
    threshold: limit === undefined ? 0 : expr(LIMITS[limit]),
    comparison_operator: ALARM.comparison,
    evaluation_periods: ALARM.periods,
    treat_missing_data: ALARM.missing,
    alarm_actions: notify,
    ok_actions: notify,
    tags: expr("each.value.tags"),
    ...share(metric),
  });
}

/** docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html: `Resource` is `function:alias`. */
function ofAlias(name: string): ValueMap {
  const dimensions = {
    FunctionName: expr("each.value.name"),
    Resource: template("${each.value.name}:${var.alias}"),
  };
  return { namespace: "AWS/Lambda", metric_name: name, dimensions };
}

function statistic(name: string, kind: "Sum" | "p99"): ValueMap {
  return {
    ...ofAlias(name),
    period: ALARM.periodSeconds,
    ...(kind === "Sum" ? { statistic: kind } : { extended_statistic: kind }),
  };
}

/** A metric that the endpoint of the function counts. */
function ofEndpoint(name: "part" | "whole"): ValueMap {
  const of = (key: string) => expr(`local.answered[each.key].${key}`);
  return { namespace: of("namespace"), metric_name: of(name), dimensions: of("dimensions") };
}

/** By function: the metrics that its endpoint counts. */
function endpointMetrics({ http, rest, functionUrl }: Features) {
  const counts = (functions: string, kind: keyof typeof ENDPOINT_METRICS, dimensions: string) => {
    const { namespace, part, whole } = ENDPOINT_METRICS[kind];
    return [
      `  { for name, f in local.${functions} : name => {`,
      `    namespace  = "${namespace}"`,
      `    part       = "${part}"`,
      `    whole      = "${whole}"`,
      `    dimensions = { ${dimensions} }`,
      "  } },",
    ];
  };
  const ofGateway = (kind: "http" | "rest", value: string) =>
    counts(kind, kind, `${ENDPOINT_METRICS[kind].dimension} = ${value}`);
  return expr(
    "merge(",
    ...(http ? ofGateway("http", "aws_apigatewayv2_api.http[0].id") : []),
    ...(rest ? ofGateway("rest", "aws_api_gateway_rest_api.rest[0].name") : []),
    ...(functionUrl
      ? counts("urls", "function-url", 'FunctionName = f.name, Resource = "${f.name}:${var.alias}"')
      : []),
    ")",
  );
}

/** The part in percent of the whole, for metrics that are shares. */
function share(metric: AlarmMetric): Members {
  if (metric.kind === "statistic") return {};
  const [part, whole] =
    metric.kind === "share" ? [ofAlias(metric.part), ofAlias(metric.whole)] : [ofEndpoint("part"), ofEndpoint("whole")];
  const query = (id: string, own: ValueMap) => ({
    id,
    metric: nested({ ...own, period: ALARM.periodSeconds, stat: "Sum" }),
  });
  return { metric_query: nested(query("part", part), query("whole", whole), { ...SHARE, return_data: true }) };
}

export function awsDashboard(hasDashboard: boolean): Part[] {
  if (!hasDashboard) return [];
  const body = {
    widgets: expr(
      "flatten([for row, name in keys(var.functions) : [",
      "  for column, widget in local.widgets : {",
      '    type   = "metric"',
      `    x      = column * ${WIDGET_SIZE.width}`,
      `    y      = row * ${WIDGET_SIZE.height}`,
      `    width  = ${WIDGET_SIZE.width}`,
      `    height = ${WIDGET_SIZE.height}`,
      "    properties = {",
      '      title  = "${name}: ${widget.title}"',
      "      region = var.region",
      `      view   = "${WIDGET_SETTINGS.view}"`,
      `      period = ${WIDGET_SETTINGS.period}`,
      "      metrics = [for m in widget.metrics : [",
      '        "AWS/Lambda", m.name, "FunctionName", var.functions[name].name,',
      '        "Resource", "${var.functions[name].name}:${var.alias}", { stat = m.stat, label = m.label }',
      "      ]]",
      "    }",
      "  }",
      "]])",
    ),
  };
  return [
    locals({ widgets: WIDGETS }),
    resource("aws_cloudwatch_dashboard", "service", {
      count: expr("var.dashboard ? 1 : 0"),
      dashboard_name: template("${var.service}-${var.stage}"),
      dashboard_body: call("jsonencode", body),
    }),
  ];
}
