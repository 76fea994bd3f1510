service         = "flowers"
stage           = "dev"
location        = "westeurope"
resource_group  = "flowers-dev"
storage_account = "flowersdev"
functions = {
  iris = {
    name           = "flowers-dev-iris"
    memory_mb      = 2048
    concurrency    = 8
    warm_instances = 0
    endpoint = {
      auth_level = "anonymous"
      jwt = {
        issuer   = "https://login.microsoftonline.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0"
        audience = ["api://flowers"]
      }
      cors = {
        origins     = ["https://flowers.example"]
        credentials = true
      }
    }
    log_retention_days = 14
  }
}
