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
      kind          = "http"
      path          = "/iris"
      authorization = "JWT"
      jwt = {
        issuer   = "https://login.microsoftonline.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0"
        audience = ["api://flowers"]
      }
      cors = {
        origins         = ["https://flowers.example"]
        headers         = ["content-type", "authorization"]
        credentials     = true
        max_age_seconds = 600
      }
    }
    log_retention_days = 14
  }
}
