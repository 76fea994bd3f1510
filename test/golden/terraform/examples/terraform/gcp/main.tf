locals {
  labels = {
    service = var.service
    stage   = var.stage
  }
}

# What the functions share

resource "google_project_service" "used" {
  for_each = toset(["cloudbuild", "cloudfunctions", "cloudscheduler", "logging", "monitoring", "run", "secretmanager"])

  service            = "${each.value}.googleapis.com"
  disable_on_destroy = false
}

resource "google_service_account" "function" {
  for_each = var.functions

  account_id   = each.value.account
  display_name = each.value.name
}

# Functions

locals {
  functions = { for name, f in var.functions : name => f if f.run_as == "function" }
}

resource "google_storage_bucket" "code" {
  name                        = var.code_bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  labels                      = local.labels
}

resource "google_storage_bucket_object" "code" {
  for_each = local.functions

  name   = "${each.key}/${filesha256("${var.artefacts}/${each.key}/cloud-functions-x64/source.zip")}.zip"
  bucket = google_storage_bucket.code.name
  source = "${var.artefacts}/${each.key}/cloud-functions-x64/source.zip"
}

resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  name        = each.value.name
  location    = var.region
  description = "Predictor ${each.key} of ${var.service}, stage ${var.stage}"
  labels      = merge(local.labels, each.value.labels)

  build_config {
    runtime     = var.runtime
    entry_point = each.key
    environment_variables = {
      GOOGLE_VENDOR_NPM_DEPENDENCIES = "true"
    }

    source {
      storage_source {
        bucket = google_storage_bucket.code.name
        object = google_storage_bucket_object.code[each.key].name
      }
    }
  }

  service_config {
    available_memory                 = "${each.value.memory_mb}Mi"
    available_cpu                    = each.value.cpu
    timeout_seconds                  = each.value.timeout_seconds
    max_instance_request_concurrency = each.value.concurrency
    min_instance_count               = each.value.min_instances
    max_instance_count               = each.value.max_instances
    service_account_email            = google_service_account.function[each.key].email
    ingress_settings                 = "ALLOW_ALL"
    all_traffic_on_latest_revision   = true
    environment_variables            = each.value.environment
  }

  depends_on = [google_project_service.used]
}

locals {
  running = { for name, f in google_cloudfunctions2_function.function : name => { service = f.name, uri = f.service_config[0].uri } }
}

# Who may call them, and what they may read

resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = { for name, f in var.functions : name => f if f.public }

  location = var.region
  name     = local.running[each.key].service
  role     = "roles/run.invoker"
  member   = "allUsers"
}

# Logs and alarms

locals {
  log_filter = join(" ", [
    "resource.type=\"cloud_run_revision\"",
    "resource.labels.service_name=(${join(" OR ", [for r in values(local.running) : "\"${r.service}\""])})",
  ])
}

resource "google_logging_project_bucket_config" "service" {
  project        = var.project
  location       = var.region
  bucket_id      = "${var.service}-${var.stage}"
  retention_days = max([for f in values(var.functions) : f.log_retention_days]...)
}

resource "google_logging_project_sink" "service" {
  name                   = "${var.service}-${var.stage}"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.service.id}"
  filter                 = local.log_filter
  unique_writer_identity = true
}

resource "google_logging_project_exclusion" "service" {
  name   = "${var.service}-${var.stage}"
  filter = local.log_filter
}

locals {
  alarmed = { for name, f in var.functions : name => f if f.alarms != null }
}

resource "google_monitoring_alert_policy" "errors" {
  for_each = local.alarmed

  display_name          = "${each.value.name}-errors"
  combiner              = "OR"
  notification_channels = each.value.alarms.notify
  user_labels           = merge(local.labels, each.value.labels)
  depends_on            = [google_project_service.used]

  conditions {
    display_name = "${each.key} fails"

    condition_threshold {
      filter             = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.running[each.key].service}\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
      denominator_filter = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.running[each.key].service}\" AND metric.type = \"run.googleapis.com/request_count\""
      threshold_value    = each.value.alarms.error_percent / 100
      comparison         = "COMPARISON_GT"
      duration           = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }

      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
}

resource "google_monitoring_alert_policy" "latency" {
  for_each = local.alarmed

  display_name          = "${each.value.name}-latency"
  combiner              = "OR"
  notification_channels = each.value.alarms.notify
  user_labels           = merge(local.labels, each.value.labels)
  depends_on            = [google_project_service.used]

  conditions {
    display_name = "${each.key} answers slowly"

    condition_threshold {
      filter          = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.running[each.key].service}\" AND metric.type = \"run.googleapis.com/request_latencies\""
      threshold_value = each.value.alarms.p99_ms
      comparison      = "COMPARISON_GT"
      duration        = "0s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_PERCENTILE_99"
      }
    }
  }
}
