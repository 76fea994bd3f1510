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
    warm = {
      min                = 0
      max                = 0
      target_utilization = 0.7
    }
    endpoint = {
      kind          = "function-url"
      path          = "/"
      authorization = "NONE"
      cors = {
        origins         = ["*"]
        headers         = ["content-type", "authorization"]
        credentials     = false
        max_age_seconds = 600
      }
    }
    log_retention_days = 14
  }
}
