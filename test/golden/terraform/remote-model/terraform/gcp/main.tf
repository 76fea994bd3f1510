locals {
  labels = {
    service = var.service
    stage   = var.stage
  }
}

# Shared by the functions

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

    dynamic "secret_environment_variables" {
      for_each = each.value.secrets

      content {
        key        = secret_environment_variables.key
        project_id = coalesce(secret_environment_variables.value.project, var.project)
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }
  }

  depends_on = [google_project_service.used, google_secret_manager_secret_iam_member.function]
}

locals {
  running = { for name, f in google_cloudfunctions2_function.function : name => { service = f.name, uri = f.service_config[0].uri } }
}

# Permissions to call functions, and to read models and secrets

resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = { for name, f in var.functions : name => f if f.public }

  location = var.region
  name     = local.running[each.key].service
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_storage_bucket_iam_member" "model" {
  for_each = merge([for name, f in var.functions : {
    for model, place in f.models : "${name}/${model}" => merge(place, { function = name })
  }]...)

  bucket = each.value.container
  role   = "roles/storage.objectViewer"
  member = google_service_account.function[each.value.function].member

  condition {
    title      = "model"
    expression = "resource.name.startsWith(\"projects/_/buckets/${each.value.container}/objects/${each.value.prefix}\")"
  }
}

resource "google_secret_manager_secret_iam_member" "function" {
  for_each = merge([for name, f in var.functions : {
    for variable, s in f.secrets : "${name}/${variable}" => merge(s, { function = name })
  }]...)

  project   = coalesce(each.value.project, var.project)
  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.function].member
}

# Pings

locals {
  pinged = { for name, f in var.functions : name => f if f.ping_schedule != null }
}

resource "google_service_account" "ping" {
  count = length(local.pinged) > 0 ? 1 : 0

  account_id   = var.ping_account
  display_name = "Pings ${var.service} ${var.stage}"
}

resource "google_cloud_run_v2_service_iam_member" "ping" {
  for_each = local.pinged

  location = var.region
  name     = local.running[each.key].service
  role     = "roles/run.invoker"
  member   = google_service_account.ping[0].member
}

# Cloud Scheduler has no references to secrets: the job, and so the state, contains the value.
data "google_secret_manager_secret_version" "ping" {
  for_each = { for name, f in local.pinged : name => f.secrets[local.secret] if contains(keys(f.secrets), local.secret) }

  project = coalesce(each.value.project, var.project)
  secret  = each.value.secret
  version = each.value.version
}

locals {
  secret = "TRICAST_WARMUP_SECRET"
}

resource "google_cloud_scheduler_job" "ping" {
  for_each = local.pinged

  name             = "${each.value.name}-ping"
  region           = var.region
  schedule         = each.value.ping_schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "60s"
  depends_on       = [google_project_service.used]

  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "GET"
    uri         = "${local.running[each.key].uri}/ready"
    headers     = { for secret in try(data.google_secret_manager_secret_version.ping[each.key].secret_data, lookup(each.value.environment, "TRICAST_WARMUP_SECRET", null))[*] : "x-tricast-warmup" => secret }

    oidc_token {
      service_account_email = google_service_account.ping[0].email
      audience              = local.running[each.key].uri
    }
  }
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
