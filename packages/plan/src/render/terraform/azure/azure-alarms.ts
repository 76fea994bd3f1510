import { ALARM } from "../../../facts/alarms.ts";
import type { Features } from "../features.ts";
import { block, expr, type Part, template, type Value } from "../hcl.ts";
import { dynamic, resource } from "../terraform-module.ts";

/**
 * Queries over the requests that Application Insights has seen: metric alerts know neither shares nor percentiles.
 * Answers from 500 on are failures; what a client did wrong is not.
 */
export function azureAlarms({ alarms }: Features): Part[] {
  if (!alarms) return [];
  return [
    block("locals", [], { alarmed: expr("{ for name, f in var.functions : name => f if f.alarms != null }") }),
    alarm(
      "errors",
      "fails",
      "100.0 * countif(toint(resultCode) >= 500) / count()",
      expr("each.value.alarms.error_percent"),
    ),
    alarm("latency", "answers slowly", "percentile(duration, 99)", expr("each.value.alarms.p99_ms")),
  ];
}

const PERIOD = `PT${ALARM.periodSeconds / 60}M`;

function alarm(name: string, what: string, measure: string, threshold: Value): Part {
  const query = `requests | where cloud_RoleName == '\${each.value.name}' | summarize measured = ${measure}`;
  const criteria = {
    query: template(query),
    time_aggregation_method: "Maximum",
    metric_measure_column: "measured",
    operator: "GreaterThan",
    threshold,
  };
  return resource(
    "azurerm_monitor_scheduled_query_rules_alert_v2",
    name,
    {
      for_each: expr("local.alarmed"),
      name: template(`\${each.value.name}-${name}`),
      description: template(`\${each.key} ${what}.`),
      resource_group_name: expr("azurerm_resource_group.service.name"),
      location: expr("azurerm_resource_group.service.location"),
      scopes: [expr("azurerm_application_insights.service.id")],
      severity: 2,
      evaluation_frequency: PERIOD,
      window_duration: PERIOD,
      auto_mitigation_enabled: true,
      tags: expr("merge(local.tags, each.value.tags)"),
    },
    block("criteria", [], criteria),
    dynamic("action", expr("length(each.value.alarms.notify) > 0 ? [1] : []"), {
      action_groups: expr("each.value.alarms.notify"),
    }),
  );
}
