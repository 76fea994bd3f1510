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
    packaging       = "image"
    image           = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/iris@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    warm = {
      min                = 0
      max                = 0
      target_utilization = 0.7
    }
    endpoint = {
      kind          = "http"
      path          = "/iris"
      authorization = "NONE"
    }
    log_retention_days = 14
  }
}
