service   = "tricast-examples"
stage     = "staging"
region    = "eu-central-1"
alias     = "live"
dashboard = false
functions = {
  iris = {
    name            = "tricast-examples-staging-iris"
    memory_mb       = 1024
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 1
      max                = 1
      target_utilization = 0.7
    }
    endpoint = {
      kind          = "http"
      path          = "/iris"
      authorization = "NONE"
    }
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 14
    tags = {
      project = "tricast-examples"
    }
  }
  digits = {
    name            = "tricast-examples-staging-digits"
    memory_mb       = 2048
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 1
      max                = 1
      target_utilization = 0.7
    }
    endpoint = {
      kind          = "rest"
      path          = "/digits"
      authorization = "NONE"
    }
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 14
    tags = {
      project = "tricast-examples"
    }
  }
  language = {
    name            = "tricast-examples-staging-language"
    memory_mb       = 1024
    timeout_seconds = 20
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 1
      max                = 1
      target_utilization = 0.7
    }
    endpoint = {
      kind          = "function-url"
      path          = "/"
      authorization = "NONE"
    }
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 14
    tags = {
      project = "tricast-examples"
    }
  }
}
