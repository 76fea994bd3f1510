service   = "flowers"
stage     = "dev"
region    = "eu-central-1"
alias     = "live"
dashboard = true
functions = {
  fixed = {
    name            = "flowers-dev-fixed"
    memory_mb       = 1024
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "x64"
    packaging       = "layers"
    warm = {
      min                = 2
      max                = 2
      target_utilization = 0.7
    }
    endpoint = {
      kind          = "http"
      path          = "/fixed"
      authorization = "NONE"
    }
    log_retention_days = 14
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify        = ["arn:aws:sns:eu-central-1:111122223333:oncall"]
    }
  }
  tracked = {
    name            = "flowers-dev-tracked"
    memory_mb       = 1024
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "x64"
    packaging       = "layers"
    warm = {
      min                = 1
      max                = 8
      target_utilization = 0.6
    }
    endpoint = {
      kind          = "http"
      path          = "/tracked"
      authorization = "NONE"
    }
    log_retention_days = 14
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify        = ["arn:aws:sns:eu-central-1:111122223333:oncall"]
    }
  }
  timed = {
    name            = "flowers-dev-timed"
    memory_mb       = 1024
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "x64"
    packaging       = "layers"
    warm = {
      min                = 0
      max                = 4
      target_utilization = 0.7
      schedule = {
        weekend = {
          cron      = "cron(0 9 ? * 1,7 *)"
          time_zone = "America/New_York"
          min       = 2
          max       = 2
        }
        night = {
          cron      = "cron(30 22 * * ? *)"
          time_zone = "Etc/UTC"
          min       = 0
          max       = 1
        }
      }
    }
    endpoint = {
      kind          = "http"
      path          = "/timed"
      authorization = "NONE"
    }
    log_retention_days = 14
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify        = ["arn:aws:sns:eu-central-1:111122223333:oncall"]
    }
  }
}
