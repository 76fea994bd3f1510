import { ALARM } from "../../../facts/alarms.ts";
import type { Features } from "../features.ts";
import { dynamic, expr, nested, type Part, template } from "../hcl.ts";
import { functionsIf, locals, resource } from "../terraform-module.ts";

/**
 * Queries over the requests in Application Insights, because metric alerts have neither shares nor percentiles.
 * Only server errors, from 500 on, are failures.
 */
export function azureAlarms({ alarms }: Features): Part[] {
  if (!alarms) return [];
  const failed = "100.0 * countif(toint(resultCode) >= 500) / count()";
  return [
    locals({ alarmed: functionsIf("f.alarms != null") }),
    alarm("errors", "fails", failed, "error_percent"),
    alarm("latency", "answers slowly", "percentile(duration, 99)", "p99_ms"),
  ];
}

const PERIOD = `PT${ALARM.periodSeconds / 60}M`;

function alarm(name: string, what: string, measure: string, limit: string): Part {
  return resource("azurerm_monitor_scheduled_query_rules_alert_v2", name, {
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
    criteria: nested({
      query: template(`requests | where cloud_RoleName == '\${each.value.name}' | summarize measured = ${measure}`),
      time_aggregation_method: "Maximum",
      metric_measure_column: "measured",
      operator: "GreaterThan",
      threshold: expr(`each.value.alarms.${limit}`),
    }),
    action: dynamic(expr("length(each.value.alarms.notify) > 0 ? [1] : []"), {
      action_groups: expr("each.value.alarms.notify"),
    }),
  });
}
