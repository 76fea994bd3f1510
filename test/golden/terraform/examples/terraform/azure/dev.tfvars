service         = "tricast-examples"
stage           = "dev"
location        = "westeurope"
resource_group  = "tricast-examples-dev"
storage_account = "tricastexamplesdev"
functions = {
  iris = {
    name           = "tricast-examples-dev-iris"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 0
    endpoint = {
      auth_level = "anonymous"
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
    name           = "tricast-examples-dev-digits"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 0
    endpoint = {
      auth_level = "anonymous"
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
    name           = "tricast-examples-dev-language"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 0
    endpoint = {
      auth_level = "anonymous"
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
