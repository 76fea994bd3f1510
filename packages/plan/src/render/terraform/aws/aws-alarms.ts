import type { Features } from "../features.ts";
import { type Block, block, call, expr, type Part, template, type ValueMap } from "../hcl.ts";
import { resource } from "../terraform-module.ts";

const PERIOD_SECONDS = 300;

/** Answers with a server error, failed invocations, slow requests, throttles, and requests beyond what is provisioned. */
export function awsAlarms(features: Features): Part[] {
  if (!features.alarms) return [];
  const isWarm = features.fixedWarm || features.scaledWarm || features.scheduledWarm;
  return [
    block("locals", [], { alarmed: expr("{ for name, f in var.functions : name => f if f.alarms != null }") }),
    ...serverErrors(features),
    alarm(
      "errors",
      "local.alarmed",
      "fails",
      "each.value",
      { threshold: expr("each.value.alarms.error_percent"), comparison_operator: "GreaterThanThreshold" },
      ...share(
        { namespace: "AWS/Lambda", metric_name: "Errors", dimensions: ALIAS },
        { namespace: "AWS/Lambda", metric_name: "Invocations", dimensions: ALIAS },
      ),
    ),
    alarm("latency", "local.alarmed", "answers slowly", "each.value", {
      ...metric("Duration"),
      extended_statistic: "p99",
      threshold: expr("each.value.alarms.p99_ms"),
      comparison_operator: "GreaterThanThreshold",
    }),
    alarm("throttles", "local.alarmed", "is throttled", "each.value", counted("Throttles")),
    ...(isWarm ? [spillover()] : []),
  ];
}

function spillover(): Part {
  const warm = "{ for name, f in local.alarmed : name => f if f.warm.max > 0 || length(f.warm.schedule) > 0 }";
  const beyond = counted("ProvisionedConcurrencySpilloverInvocations");
  return alarm("spillover", warm, "needs more provisioned instances", "each.value", beyond);
}

/**
 * An error that the predictor answers is no failed invocation for Lambda, so what the endpoint counts is looked at, too
 * (docs.aws.amazon.com: apigateway/latest/developerguide/http-api-metrics.html, api-gateway-metrics-and-dimensions.html,
 * lambda/latest/dg/urls-monitoring.html). A gateway counts for all of its functions together.
 */
function serverErrors({ http, rest, functionUrl }: Features): Part[] {
  const counts = (functions: string, namespace: string, names: readonly [string, string], dimensions: string) => [
    `  { for name, f in local.${functions} : name => {`,
    `    namespace  = "${namespace}"`,
    `    errors     = "${names[0]}"`,
    `    requests   = "${names[1]}"`,
    `    dimensions = { ${dimensions} }`,
    "  } },",
  ];
  const alias = 'FunctionName = f.name, Resource = "${f.name}:${var.alias}"';
  const maps = [
    ...(http ? counts("http", "AWS/ApiGateway", ["5xx", "Count"], "ApiId = aws_apigatewayv2_api.http[0].id") : []),
    ...(rest
      ? counts("rest", "AWS/ApiGateway", ["5XXError", "Count"], "ApiName = aws_api_gateway_rest_api.rest[0].name")
      : []),
    ...(functionUrl ? counts("urls", "AWS/Lambda", ["Url5xxCount", "UrlRequestCount"], alias) : []),
  ];
  if (maps.length === 0) return [];
  const of = (name: "errors" | "requests") => ({
    namespace: expr("each.value.namespace"),
    metric_name: expr(`each.value.${name}`),
    dimensions: expr("each.value.dimensions"),
  });
  return [
    block("locals", [], { answered: expr("merge(", ...maps, ")") }),
    alarm(
      "server_errors",
      "{ for name, a in local.answered : name => a if contains(keys(local.alarmed), name) }",
      "answers with server errors",
      "local.alarmed[each.key]",
      {
        threshold: expr("local.alarmed[each.key].alarms.error_percent"),
        comparison_operator: "GreaterThanThreshold",
      },
      ...share(of("errors"), of("requests")),
    ),
  ];
}

function counted(name: string): ValueMap {
  return { ...metric(name), statistic: "Sum", threshold: 0, comparison_operator: "GreaterThanThreshold" };
}

/** docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html: `Resource` is `function:alias`. */
const ALIAS = { FunctionName: expr("each.value.name"), Resource: template("${each.value.name}:${var.alias}") };

function metric(name: string): ValueMap {
  return { namespace: "AWS/Lambda", metric_name: name, dimensions: ALIAS, period: PERIOD_SECONDS };
}

/** `one` is the function's own entry in the variables. */
function alarm(
  name: string,
  functions: string,
  what: string,
  one: string,
  settings: ValueMap,
  ...queries: readonly Block[]
): Part {
  return resource(
    "aws_cloudwatch_metric_alarm",
    name,
    {
      for_each: expr(functions),
      alarm_name: template(`\${${one}.name}-${name.replaceAll("_", "-")}`),
      alarm_description: template(`\${each.key} ${what}.`),
      evaluation_periods: 1,
      ...settings,
      treat_missing_data: "notBreaching",
      alarm_actions: expr(`${one}.alarms.notify`),
      ok_actions: expr(`${one}.alarms.notify`),
      tags: expr(`${one}.tags`),
    },
    ...queries,
  );
}

/** How many percent `part` is of `whole`. */
function share(part: ValueMap, whole: ValueMap): Block[] {
  const query = (id: string, own: ValueMap) =>
    block("metric_query", [], { id }, block("metric", [], { ...own, period: PERIOD_SECONDS, stat: "Sum" }));
  const percent = {
    id: "percent",
    label: "Percent",
    expression: "IF(whole > 0, 100 * part / whole, 0)",
    return_data: true,
  };
  return [query("part", part), query("whole", whole), block("metric_query", [], percent)];
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
