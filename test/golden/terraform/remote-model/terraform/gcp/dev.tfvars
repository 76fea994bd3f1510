service      = "flowers"
stage        = "dev"
code_bucket  = "flowers-1-flowers-dev"
ping_account = "flowers-dev-ping"
project      = "flowers-1"
region       = "europe-west3"
functions = {
  iris = {
    name            = "flowers-dev-iris"
    account         = "flowers-dev-iris"
    run_as          = "function"
    memory_mb       = 1024
    cpu             = "1"
    timeout_seconds = 29
    concurrency     = 8
    max_instances   = 50
    min_instances   = 0
    ping_schedule   = "*/10 * * * *"
    public          = true
    models = {
      model = {
        container = "flowers-models"
        prefix    = "store/iris/"
      }
      labels = {
        container = "flowers-models"
        prefix    = "labels.onnx"
      }
    }
    environment = {
      TRICAST_MODEL_IRIS        = "gs://flowers-models/store/iris"
      TRICAST_MODEL_IRIS_LABELS = "gs://flowers-models/labels.onnx"
    }
    secrets = {
      TRICAST_WARMUP_SECRET = {
        secret  = "warmup"
        version = "latest"
      }
      TOKEN = {
        project = "shared-1"
        secret  = "token"
        version = "3"
      }
    }
    log_retention_days = 14
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify        = ["projects/flowers-1/notificationChannels/1"]
    }
    labels = {
      team = "flowers"
    }
  }
}
