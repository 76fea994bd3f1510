service         = "tricast-examples"
stage           = "prod"
location        = "westeurope"
resource_group  = "tricast-examples-prod"
storage_account = "tricastexamplesprod"
functions = {
  iris = {
    name           = "tricast-examples-prod-iris"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 2
    endpoint = {
      auth_level = "function"
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
    tags = {
      project = "tricast-examples"
    }
  }
  digits = {
    name           = "tricast-examples-prod-digits"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 2
    endpoint = {
      auth_level = "function"
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
    tags = {
      project = "tricast-examples"
    }
  }
  language = {
    name           = "tricast-examples-prod-language"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 2
    endpoint = {
      auth_level = "function"
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
    tags = {
      project = "tricast-examples"
    }
  }
}
