service     = "tricast-examples"
stage       = "prod"
code_bucket = "tricast-examples-tricast-examples-prod"
project     = "tricast-examples"
region      = "europe-west3"
functions = {
  iris = {
    name            = "tricast-examples-prod-iris"
    account         = "tricast-examples-prod-iris"
    run_as          = "function"
    memory_mb       = 1024
    cpu             = "1"
    timeout_seconds = 29
    concurrency     = 8
    min_instances   = 1
    public          = false
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 90
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify        = []
    }
    labels = {
      project = "tricast-examples"
    }
  }
  digits = {
    name            = "tricast-examples-prod-digits"
    account         = "tricast-examples-prod-digits"
    run_as          = "function"
    memory_mb       = 2048
    cpu             = "1"
    timeout_seconds = 29
    concurrency     = 8
    min_instances   = 1
    public          = false
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 90
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify        = []
    }
    labels = {
      project = "tricast-examples"
    }
  }
  language = {
    name            = "tricast-examples-prod-language"
    account         = "tricast-examples-prod-language"
    run_as          = "function"
    memory_mb       = 1024
    cpu             = "1"
    timeout_seconds = 20
    concurrency     = 8
    min_instances   = 1
    public          = false
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 90
    alarms = {
      error_percent = 1
      p99_ms        = 16000
      notify        = []
    }
    labels = {
      project = "tricast-examples"
    }
  }
}
