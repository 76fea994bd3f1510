variable "service" {
  description = "Name of the service. The names of all resources begin with it."
  type        = string
}

variable "stage" {
  description = "Stage of these values."
  type        = string

  validation {
    condition     = contains(["default", var.stage], terraform.workspace)
    error_message = "The workspace belongs to another stage. Run: terraform workspace select -or-create STAGE"
  }
}

variable "artefacts" {
  description = "Folder that \"tricast build\" has written."
  type        = string
  default     = "../../.tricast"
}

variable "location" {
  description = "Region of all resources."
  type        = string
}

variable "resource_group" {
  description = "Resource group, which this module creates."
  type        = string
}

variable "storage_account" {
  description = "Storage account, which this module creates. Its name must be unique in all of Azure."
  type        = string
}

variable "node_version" {
  description = "Version of Node; the artefacts are built for it."
  type        = string
  default     = "24"
}

variable "functions" {
  description = "The predictors with their settings."
  type = map(object({
    name           = string
    memory_mb      = number
    concurrency    = number
    max_instances  = optional(number, 100)
    warm_instances = number
    ping_schedule  = optional(string)

    endpoint = optional(object({
      auth_level = string
      jwt = optional(object({
        issuer   = string
        audience = list(string)
      }))
      cors = optional(object({
        origins     = list(string)
        credentials = bool
      }))
    }))

    models = optional(map(object({
      container = string
      prefix    = string
    })), {})

    environment = optional(map(string), {})
    secrets = optional(map(object({
      key_vault = string
    })), {})

    log_retention_days = number
    alarms = optional(object({
      error_percent = number
      p99_ms        = number
      notify        = list(string)
    }))
    tags = optional(map(string), {})
  }))
}
