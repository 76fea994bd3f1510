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

variable "region" {
  description = "Region of all resources."
  type        = string
}

variable "alias" {
  description = "Alias that callers, events and provisioned concurrency use."
  type        = string
  default     = "live"
}

variable "runtime" {
  description = "Runtime of the functions; the artefacts are built for it."
  type        = string
  default     = "nodejs24.x"
}

variable "functions" {
  description = "The predictors with their settings."
  type = map(object({
    name            = string
    memory_mb       = number
    timeout_seconds = number
    scratch_mb      = number
    architecture    = string
    packaging       = string
    image           = optional(string)
    max_instances   = optional(number)

    warm = object({
      min                = number
      max                = number
      target_utilization = number
      schedule = optional(map(object({
        cron      = string
        time_zone = string
        min       = number
        max       = number
      })), {})
    })

    ping = optional(object({
      rule        = string
      schedule    = string
      concurrency = number
      hold_ms     = number
    }))

    endpoint = optional(object({
      kind          = string
      path          = string
      authorization = string
      jwt = optional(object({
        issuer   = string
        audience = list(string)
      }))
      cors = optional(object({
        origins         = list(string)
        headers         = list(string)
        credentials     = bool
        max_age_seconds = number
      }))
      preflight = optional(object({
        headers  = map(string)
        template = string
      }))
    }))

    models = optional(map(object({
      bucket  = string
      objects = string
    })), {})

    environment = optional(map(string), {})
    secrets = optional(map(object({
      ssm             = optional(string)
      secrets_manager = optional(string)
    })), {})

    log_retention_days = number
    alarms = optional(object({
      error_percent = number
      p99_ms        = number
      notify        = list(string)
    }))
    rollout = optional(object({
      kind    = string
      percent = number
      minutes = number
    }))
    tags = optional(map(string), {})
  }))

  validation {
    condition     = alltrue([for f in var.functions : f.packaging != "image" || f.image != null])
    error_message = "A function whose packaging is image needs image: registry/repository:tag."
  }
}
