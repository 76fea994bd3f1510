service   = "tricast-examples"
stage     = "dev"
region    = "eu-central-1"
alias     = "live"
dashboard = false
functions = {
  iris = {
    name            = "tricast-examples-dev-iris"
    memory_mb       = 1024
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 0
      max                = 0
      target_utilization = 0.7
    }
    ping = {
      rule        = "tricast-examples-dev-iris-ping"
      schedule    = "rate(5 minutes)"
      concurrency = 2
      hold_ms     = 1000
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
    name            = "tricast-examples-dev-digits"
    memory_mb       = 2048
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 0
      max                = 0
      target_utilization = 0.7
    }
    ping = {
      rule        = "tricast-examples-dev-digits-ping"
      schedule    = "rate(5 minutes)"
      concurrency = 2
      hold_ms     = 1000
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
    name            = "tricast-examples-dev-language"
    memory_mb       = 1024
    timeout_seconds = 20
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 0
      max                = 0
      target_utilization = 0.7
    }
    ping = {
      rule        = "tricast-examples-dev-language-ping"
      schedule    = "rate(5 minutes)"
      concurrency = 2
      hold_ms     = 1000
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
