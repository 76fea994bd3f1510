service = "flowers"
stage   = "dev"
project = "flowers-1"
region  = "europe-west3"
functions = {
  iris = {
    name            = "flowers-dev-iris"
    account         = "flowers-dev-iris"
    run_as          = "service"
    image           = "europe-west3-docker.pkg.dev/flowers-1/models/iris:1.0.0"
    memory_mb       = 1024
    cpu             = "1"
    timeout_seconds = 29
    concurrency     = 8
    min_instances   = 0
    public          = true
    environment = {
      TRICAST_REQUEST_TIMEOUT_MS = "29000"
    }
    log_retention_days = 14
  }
}
