service     = "tricast-examples"
stage       = "staging"
code_bucket = "tricast-examples-tricast-examples-staging"
project     = "tricast-examples"
region      = "europe-west3"
functions = {
  iris = {
    name            = "tricast-examples-staging-iris"
    account         = "tricast-examples-staging-iris"
    run_as          = "function"
    memory_mb       = 1024
    cpu             = "1"
    timeout_seconds = 29
    concurrency     = 8
    min_instances   = 1
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
    name            = "tricast-examples-staging-digits"
    account         = "tricast-examples-stagin-6709dc"
    run_as          = "function"
    memory_mb       = 2048
    cpu             = "1"
    timeout_seconds = 29
    concurrency     = 8
    min_instances   = 1
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
    name            = "tricast-examples-staging-language"
    account         = "tricast-examples-stagin-5133ac"
    run_as          = "function"
    memory_mb       = 1024
    cpu             = "1"
    timeout_seconds = 20
    concurrency     = 8
    min_instances   = 1
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
