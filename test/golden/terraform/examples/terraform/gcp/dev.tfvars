service     = "tricast-examples"
stage       = "dev"
code_bucket = "tricast-examples-tricast-examples-dev"
project     = "tricast-examples"
region      = "europe-west3"
functions = {
  iris = {
    name            = "tricast-examples-dev-iris"
    account         = "tricast-examples-dev-iris"
    run_as          = "function"
    memory_mb       = 1024
    cpu             = "1"
    timeout_seconds = 29
    concurrency     = 8
    min_instances   = 0
    public          = true
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 14
    labels = {
      project = "tricast-examples"
    }
  }
  digits = {
    name            = "tricast-examples-dev-digits"
    account         = "tricast-examples-dev-digits"
    run_as          = "function"
    memory_mb       = 2048
    cpu             = "1"
    timeout_seconds = 29
    concurrency     = 8
    min_instances   = 0
    public          = true
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 14
    labels = {
      project = "tricast-examples"
    }
  }
  language = {
    name            = "tricast-examples-dev-language"
    account         = "tricast-examples-dev-language"
    run_as          = "function"
    memory_mb       = 1024
    cpu             = "1"
    timeout_seconds = 20
    concurrency     = 8
    min_instances   = 0
    public          = true
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 14
    labels = {
      project = "tricast-examples"
    }
  }
}
