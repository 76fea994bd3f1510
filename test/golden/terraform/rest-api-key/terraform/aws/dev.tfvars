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
      kind          = "rest"
      path          = "/iris"
      authorization = "API_KEY"
      cors = {
        origins         = ["https://flowers.example", "https://*.roses.example"]
        headers         = ["content-type", "authorization"]
        credentials     = true
        max_age_seconds = 600
      }
      preflight = {
        headers = {
          Access-Control-Allow-Origin      = "'https://flowers.example'"
          Access-Control-Allow-Headers     = "'content-type,authorization'"
          Access-Control-Allow-Credentials = "'true'"
          Access-Control-Max-Age           = "'600'"
        }
        template = "#set($origin = $input.params(\"Origin\"))\n#if($origin == \"\") #set($origin = $input.params(\"origin\")) #end\n#if($origin.matches(\"https://flowers[.]example\") || $origin.matches(\"https://.+[.]roses[.]example\")) #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end"
      }
    }
    log_retention_days = 14
  }
}
