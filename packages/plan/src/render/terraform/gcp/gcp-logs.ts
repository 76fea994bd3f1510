import { ALARM } from "../../../facts/alarms.ts";
import type { Features } from "../features.ts";
import { expr, type Members, type Nested, nested, type Part, template } from "../hcl.ts";
import { functionsIf, locals, resource } from "../terraform-module.ts";

/** A bucket for the logs of the functions. Its retention is the longest that a function asks for. */
export function gcpLogs(): Part[] {
  const name = template("${var.service}-${var.stage}");
  const filter = expr("local.log_filter");
  return [
    locals({
      log_filter: expr(
        'join(" ", [',
        '  "resource.type=\\"cloud_run_revision\\"",',
        '  "resource.labels.service_name=(${join(" OR ", [for r in values(local.running) : "\\"${r.service}\\""])})",',
        "])",
      ),
    }),
    resource("google_logging_project_bucket_config", "service", {
      project: expr("var.project"),
      location: expr("var.region"),
      bucket_id: name,
      retention_days: expr("max([for f in values(var.functions) : f.log_retention_days]...)"),
    }),
    resource("google_logging_project_sink", "service", {
      name,
      destination: template("logging.googleapis.com/${google_logging_project_bucket_config.service.id}"),
      filter,
      unique_writer_identity: true,
    }),
    // Without the exclusion, the project's own bucket would also keep the logs.
    resource("google_logging_project_exclusion", "service", { name, filter }),
  ];
}

export function gcpAlarms({ alarms }: Features): Part[] {
  if (!alarms) return [];
  const answers = metric("request_count");
  const failures = `${answers} AND metric.labels.response_code_class = \\"5xx\\"`;
  return [
    locals({ alarmed: functionsIf("f.alarms != null") }),
    policy("errors", "fails", {
      filter: template(failures),
      denominator_filter: template(answers),
      threshold_value: expr("each.value.alarms.error_percent / 100"),
      ...CONDITION,
      aggregations: aggregation("REDUCE_SUM"),
      denominator_aggregations: aggregation("REDUCE_SUM"),
    }),
    policy("latency", "answers slowly", {
      filter: template(metric("request_latencies")),
      threshold_value: expr("each.value.alarms.p99_ms"),
      ...CONDITION,
      aggregations: aggregation("REDUCE_PERCENTILE_99"),
    }),
  ];
}

const CONDITION = { comparison: "COMPARISON_GT", duration: "0s" };

/** cloud.google.com/monitoring/api/metrics_gcp, run. */
function metric(name: string): string {
  return [
    'resource.type = \\"cloud_run_revision\\"',
    'resource.labels.service_name = \\"${local.running[each.key].service}\\"',
    `metric.type = \\"run.googleapis.com/${name}\\"`,
  ].join(" AND ");
}

function aggregation(reducer: string): Nested {
  return nested({
    alignment_period: `${ALARM.periodSeconds}s`,
    per_series_aligner: "ALIGN_DELTA",
    cross_series_reducer: reducer,
  });
}

function policy(name: string, what: string, condition: Members): Part {
  return resource("google_monitoring_alert_policy", name, {
    for_each: expr("local.alarmed"),
    display_name: template(`\${each.value.name}-${name}`),
    combiner: "OR",
    notification_channels: expr("each.value.alarms.notify"),
    user_labels: expr("merge(local.labels, each.value.labels)"),
    depends_on: [expr("google_project_service.used")],
    conditions: nested({
      display_name: template(`\${each.key} ${what}`),
      condition_threshold: nested(condition),
    }),
  });
}
