import { ALARM } from "../../../facts/alarms.ts";
import type { Features } from "../features.ts";
import { block, expr, type Part, template, type Value, type ValueMap } from "../hcl.ts";
import { resource } from "../terraform-module.ts";

/** Logs of the functions go to a bucket of their own, which keeps them as long as the longest asks for. */
export function gcpLogs(): Part[] {
  return [
    block("locals", [], {
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
      bucket_id: template("${var.service}-${var.stage}"),
      retention_days: expr("max([for f in values(var.functions) : f.log_retention_days]...)"),
    }),
    resource("google_logging_project_sink", "service", {
      name: template("${var.service}-${var.stage}"),
      destination: template("logging.googleapis.com/${google_logging_project_bucket_config.service.id}"),
      filter: expr("local.log_filter"),
      unique_writer_identity: true,
    }),
    // Otherwise the project's own bucket would keep them as well.
    resource("google_logging_project_exclusion", "service", {
      name: template("${var.service}-${var.stage}"),
      filter: expr("local.log_filter"),
    }),
  ];
}

export function gcpAlarms({ alarms }: Features): Part[] {
  if (!alarms) return [];
  const answers = metric("request_count");
  const failures = `${answers} AND metric.labels.response_code_class = \\"5xx\\"`;
  return [
    block("locals", [], { alarmed: expr("{ for name, f in var.functions : name => f if f.alarms != null }") }),
    policy(
      "errors",
      "fails",
      {
        filter: template(failures),
        denominator_filter: template(answers),
        threshold_value: expr("each.value.alarms.error_percent / 100"),
      },
      sum("aggregations"),
      sum("denominator_aggregations"),
    ),
    policy(
      "latency",
      "answers slowly",
      { filter: template(metric("request_latencies")), threshold_value: expr("each.value.alarms.p99_ms") },
      block("aggregations", [], {
        alignment_period: PERIOD,
        per_series_aligner: "ALIGN_DELTA",
        cross_series_reducer: "REDUCE_PERCENTILE_99",
      }),
    ),
  ];
}

const PERIOD = `${ALARM.periodSeconds}s`;

/** cloud.google.com/monitoring/api/metrics_gcp, run. */
function metric(name: string): string {
  return [
    'resource.type = \\"cloud_run_revision\\"',
    'resource.labels.service_name = \\"${local.running[each.key].service}\\"',
    `metric.type = \\"run.googleapis.com/${name}\\"`,
  ].join(" AND ");
}

function sum(name: string): Part {
  return block(name, [], {
    alignment_period: PERIOD,
    per_series_aligner: "ALIGN_DELTA",
    cross_series_reducer: "REDUCE_SUM",
  });
}

function policy(name: string, what: string, condition: ValueMap, ...aggregations: readonly Part[]): Part {
  const title: Value = template(`\${each.key} ${what}`);
  return resource(
    "google_monitoring_alert_policy",
    name,
    {
      for_each: expr("local.alarmed"),
      display_name: template(`\${each.value.name}-${name}`),
      combiner: "OR",
      notification_channels: expr("each.value.alarms.notify"),
      user_labels: expr("merge(local.labels, each.value.labels)"),
      depends_on: [expr("google_project_service.used")],
    },
    block(
      "conditions",
      [],
      { display_name: title },
      block("condition_threshold", [], { ...condition, comparison: "COMPARISON_GT", duration: "0s" }, ...aggregations),
    ),
  );
}
