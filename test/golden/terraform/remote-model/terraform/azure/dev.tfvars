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
    max_instances  = 50
    warm_instances = 0
    ping_schedule  = "0 */5 * * * *"
    endpoint = {
      auth_level = "anonymous"
    }
    models = {
      model = {
        container = "flowersmodels/models"
        prefix    = "iris/"
      }
    }
    environment = {
      TRICAST_MODEL_IRIS = "az://flowersmodels/models/iris@prod"
    }
    secrets = {
      TOKEN = {
        key_vault = "https://flowers.vault.azure.net/secrets/token"
      }
    }
    log_retention_days = 14
    alarms = {
      error_percent = 1
      p99_ms        = 23200
      notify = [
        "/subscriptions/0/resourceGroups/ops/providers/Microsoft.Insights/actionGroups/oncall",
      ]
    }
    tags = {
      team = "flowers"
    }
  }
}
