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
  services = { for name, f in var.functions : name => f if f.run_as == "service" }
}

resource "google_cloud_run_v2_service" "service" {
  for_each = local.services

  name                = each.value.name
  location            = var.region
  description         = "Predictor ${each.key} of ${var.service}, stage ${var.stage}"
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = false
  labels              = merge(local.labels, each.value.labels)

  template {
    service_account                  = google_service_account.function[each.key].email
    timeout                          = "${each.value.timeout_seconds}s"
    max_instance_request_concurrency = each.value.concurrency

    scaling {
      min_instance_count = each.value.min_instances
      max_instance_count = each.value.max_instances
    }

    containers {
      image = each.value.image

      ports {
        container_port = 8080
      }

      resources {
        limits = {
          cpu    = each.value.cpu
          memory = "${each.value.memory_mb}Mi"
        }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      # An instance counts as started when its model is loaded and warm.
      startup_probe {
        period_seconds    = 2
        failure_threshold = 120
        timeout_seconds   = 2

        http_get {
          path = "/ready"
        }
      }

      dynamic "env" {
        for_each = each.value.environment

        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }

  depends_on = [google_project_service.used]
}

locals {
  running = { for name, s in google_cloud_run_v2_service.service : name => { service = s.name, uri = s.uri } }
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
