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

variable "project" {
  description = "Project of all resources."
  type        = string
}

variable "region" {
  description = "Region of all resources."
  type        = string
}

variable "code_bucket" {
  description = "Bucket for the code, which this module creates."
  type        = string
}

variable "ping_account" {
  description = "Service account that pings, which this module creates."
  type        = string
  default     = null
}

variable "runtime" {
  description = "Runtime of the functions; the artefacts are built for it."
  type        = string
  default     = "nodejs24"
}

variable "functions" {
  description = "The predictors with their settings."
  type = map(object({
    name            = string
    account         = string
    run_as          = string
    image           = optional(string)
    memory_mb       = number
    cpu             = string
    timeout_seconds = number
    concurrency     = number
    max_instances   = optional(number)
    min_instances   = number
    ping_schedule   = optional(string)
    public          = bool

    models = optional(map(object({
      container = string
      prefix    = string
    })), {})

    environment = optional(map(string), {})
    secrets = optional(map(object({
      project = optional(string)
      secret  = string
      version = string
    })), {})

    log_retention_days = number
    alarms = optional(object({
      error_percent = number
      p99_ms        = number
      notify        = list(string)
    }))
    labels = optional(map(string), {})
  }))
}
