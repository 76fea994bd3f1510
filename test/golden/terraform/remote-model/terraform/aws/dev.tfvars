service = "flowers"
stage   = "dev"
region  = "eu-central-1"
alias   = "live"
functions = {
  iris = {
    name            = "flowers-dev-iris"
    memory_mb       = 1024
    timeout_seconds = 29
    scratch_mb      = 512
    architecture    = "x64"
    packaging       = "layers"
    max_instances   = 50
    warm = {
      min                = 0
      max                = 0
      target_utilization = 0.7
    }
    ping = {
      rule        = "flowers-dev-iris-ping"
      schedule    = "cron(0/10 * * * ? *)"
      concurrency = 7
      hold_ms     = 10000
    }
    endpoint = {
      kind          = "http"
      path          = "/iris"
      authorization = "NONE"
    }
    models = {
      model = {
        bucket  = "flowers-models"
        objects = "store/iris/*"
      }
    }
    environment = {
      TRICAST_MODEL_IRIS = "s3://flowers-models/store/iris@prod"
    }
    secrets = {
      TOKEN = {
        ssm = "/flowers/token"
      }
      OTHER = {
        secrets_manager = "flowers/other"
      }
    }
    log_retention_days = 14
    rollout = {
      kind    = "linear"
      percent = 20
      minutes = 2
    }
    tags = {
      team = "flowers"
    }
  }
}
