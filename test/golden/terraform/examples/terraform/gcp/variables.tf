variable "service" {
  description = "Name of the service: the beginning of every name."
  type        = string
}

variable "stage" {
  description = "Stage that the values are of."
  type        = string

  validation {
    condition     = contains(["default", var.stage], terraform.workspace)
    error_message = "The workspace is another stage's. Run: terraform workspace select -or-create STAGE"
  }
}

variable "artefacts" {
  description = "Folder that \"tricast build\" has written."
  type        = string
  default     = "../../.tricast"
}

variable "project" {
  description = "Project that everything is in."
  type        = string
}

variable "region" {
  description = "Region that everything is in."
  type        = string
}

variable "code_bucket" {
  description = "Bucket for the code, made here."
  type        = string
}

variable "runtime" {
  description = "Runtime of the functions; the artefacts are built for it."
  type        = string
  default     = "nodejs24"
}

variable "functions" {
  description = "The predictors and what each is given."
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
