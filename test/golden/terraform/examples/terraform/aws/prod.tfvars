service   = "tricast-examples"
stage     = "prod"
region    = "eu-central-1"
alias     = "live"
dashboard = true
functions = {
  iris = {
    name            = "tricast-examples-prod-iris"
    memory_mb       = 1024
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 1
      max                = 10
      target_utilization = 0.7
      schedule = {
        office-hours = {
          cron      = "cron(0 7 ? * 2-6 *)"
          time_zone = "Europe/Berlin"
          min       = 4
          max       = 20
        }
        evening = {
          cron      = "cron(0 19 ? * 2-6 *)"
          time_zone = "Europe/Berlin"
          min       = 1
          max       = 10
        }
      }
    }
    endpoint = {
      kind          = "http"
      path          = "/iris"
      authorization = "AWS_IAM"
    }
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 90
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify        = []
    }
    rollout = {
      kind    = "canary"
      percent = 10
      minutes = 5
    }
    tags = {
      project = "tricast-examples"
    }
  }
  digits = {
    name            = "tricast-examples-prod-digits"
    memory_mb       = 2048
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 1
      max                = 10
      target_utilization = 0.7
      schedule = {
        office-hours = {
          cron      = "cron(0 7 ? * 2-6 *)"
          time_zone = "Europe/Berlin"
          min       = 4
          max       = 20
        }
        evening = {
          cron      = "cron(0 19 ? * 2-6 *)"
          time_zone = "Europe/Berlin"
          min       = 1
          max       = 10
        }
      }
    }
    endpoint = {
      kind          = "rest"
      path          = "/digits"
      authorization = "AWS_IAM"
    }
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 90
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify        = []
    }
    rollout = {
      kind    = "canary"
      percent = 10
      minutes = 5
    }
    tags = {
      project = "tricast-examples"
    }
  }
  language = {
    name            = "tricast-examples-prod-language"
    memory_mb       = 1024
    timeout_seconds = 20
    scratch_mb      = 512
    architecture    = "arm64"
    packaging       = "layers"
    warm = {
      min                = 1
      max                = 10
      target_utilization = 0.7
      schedule = {
        office-hours = {
          cron      = "cron(0 7 ? * 2-6 *)"
          time_zone = "Europe/Berlin"
          min       = 4
          max       = 20
        }
        evening = {
          cron      = "cron(0 19 ? * 2-6 *)"
          time_zone = "Europe/Berlin"
          min       = 1
          max       = 10
        }
      }
    }
    endpoint = {
      kind          = "function-url"
      path          = "/"
      authorization = "AWS_IAM"
    }
    environment = {
      TRICAST_LOG_LEVEL = "info"
    }
    log_retention_days = 90
    alarms = {
      error_percent = 1
      p99_ms        = 16000
      notify        = []
    }
    rollout = {
      kind    = "canary"
      percent = 10
      minutes = 5
    }
    tags = {
      project = "tricast-examples"
    }
  }
}
