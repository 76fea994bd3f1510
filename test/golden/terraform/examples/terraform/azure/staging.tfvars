service         = "tricast-examples"
stage           = "staging"
location        = "westeurope"
resource_group  = "tricast-examples-staging"
storage_account = "tricastexamplesstaging"
functions = {
  iris = {
    name           = "tricast-examples-staging-iris"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 1
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
    name           = "tricast-examples-staging-digits"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 1
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
    name           = "tricast-examples-staging-language"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 1
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
