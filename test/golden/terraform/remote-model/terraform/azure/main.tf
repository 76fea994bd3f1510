locals {
  tags = {
    service = var.service
    stage   = var.stage
  }
}

# Shared by the functions

resource "azurerm_resource_group" "service" {
  name     = var.resource_group
  location = var.location
  tags     = local.tags
}

resource "azurerm_log_analytics_workspace" "service" {
  name                = "${var.service}-${var.stage}"
  resource_group_name = azurerm_resource_group.service.name
  location            = azurerm_resource_group.service.location
  sku                 = "PerGB2018"
  retention_in_days   = max(30, [for f in values(var.functions) : f.log_retention_days]...)
  tags                = local.tags
}

resource "azurerm_application_insights" "service" {
  name                = "${var.service}-${var.stage}"
  resource_group_name = azurerm_resource_group.service.name
  location            = azurerm_resource_group.service.location
  workspace_id        = azurerm_log_analytics_workspace.service.id
  application_type    = "Node.JS"
  tags                = local.tags
}

resource "azurerm_storage_account" "service" {
  name                            = var.storage_account
  resource_group_name             = azurerm_resource_group.service.name
  location                        = azurerm_resource_group.service.location
  account_tier                    = "Standard"
  account_replication_type        = "LRS"
  min_tls_version                 = "TLS1_2"
  allow_nested_items_to_be_public = false
  tags                            = local.tags
}

# Functions

resource "azurerm_storage_container" "code" {
  for_each = var.functions

  name                  = "code-${each.key}"
  storage_account_id    = azurerm_storage_account.service.id
  container_access_type = "private"
}

resource "azurerm_service_plan" "function" {
  for_each = var.functions

  name                = each.value.name
  resource_group_name = azurerm_resource_group.service.name
  location            = azurerm_resource_group.service.location
  os_type             = "Linux"
  sku_name            = "FC1"
  tags                = merge(local.tags, each.value.tags)
}

resource "azurerm_function_app_flex_consumption" "function" {
  for_each = var.functions

  name                                           = each.value.name
  resource_group_name                            = azurerm_resource_group.service.name
  location                                       = azurerm_resource_group.service.location
  service_plan_id                                = azurerm_service_plan.function[each.key].id
  https_only                                     = true
  webdeploy_publish_basic_authentication_enabled = false

  # The host reads its own storage with a key: with an identity, the provider writes an unusable AzureWebJobsStorage
  # (hashicorp/terraform-provider-azurerm#29693). The app reads models and secrets with its identity.
  storage_container_type      = "blobContainer"
  storage_container_endpoint  = "${azurerm_storage_account.service.primary_blob_endpoint}${azurerm_storage_container.code[each.key].name}"
  storage_authentication_type = "StorageAccountConnectionString"
  storage_access_key          = azurerm_storage_account.service.primary_access_key

  runtime_name           = "node"
  runtime_version        = var.node_version
  instance_memory_in_mb  = each.value.memory_mb
  maximum_instance_count = each.value.max_instances
  http_concurrency       = each.value.concurrency

  app_settings = merge(
    each.value.environment,
    { for name, s in each.value.secrets : name => "@Microsoft.KeyVault(SecretUri=${s.key_vault})" },
    { for e in each.value.endpoint[*] : "TRICAST_AUTH_LEVEL" => e.auth_level },
    { for s in each.value.ping_schedule[*] : "TRICAST_WARMUP_SCHEDULE" => s },
  )
  tags = merge(local.tags, each.value.tags)

  identity {
    type = "SystemAssigned"
  }

  site_config {
    application_insights_connection_string = azurerm_application_insights.service.connection_string
  }

  dynamic "auth_settings_v2" {
    for_each = try(each.value.endpoint.jwt[*], [])

    content {
      auth_enabled           = true
      require_authentication = true
      unauthenticated_action = "Return401"

      active_directory_v2 {
        client_id            = auth_settings_v2.value.audience[0]
        tenant_auth_endpoint = auth_settings_v2.value.issuer
        allowed_audiences    = auth_settings_v2.value.audience
      }

      login {}
    }
  }
}

# zip_deploy_file calls an address that Flex Consumption does not have (hashicorp/terraform-provider-azurerm#29630),
# so the Azure CLI sends the code after every change.
resource "terraform_data" "code" {
  for_each = var.functions

  triggers_replace = [
    azurerm_function_app_flex_consumption.function[each.key].id,
    filesha256("${var.artefacts}/${each.key}/azure-functions-x64/app.zip"),
  ]

  provisioner "local-exec" {
    command = "az functionapp deployment source config-zip --resource-group ${azurerm_resource_group.service.name} --name ${azurerm_function_app_flex_consumption.function[each.key].name} --src \"${var.artefacts}/${each.key}/azure-functions-x64/app.zip\""
  }
}

# Permissions to read models and secrets

locals {
  models = merge([for name, f in var.functions : {
    for model, place in f.models : "${name}/${model}" => {
      function  = name
      account   = split("/", place.container)[0]
      container = split("/", place.container)[1]
    }
  }]...)
}

data "azurerm_resources" "model_account" {
  for_each = toset([for m in values(local.models) : m.account])

  type = "Microsoft.Storage/storageAccounts"
  name = each.value
}

resource "azurerm_role_assignment" "model" {
  for_each = local.models

  scope                = "${data.azurerm_resources.model_account[each.value.account].resources[0].id}/blobServices/default/containers/${each.value.container}"
  role_definition_name = "Storage Blob Data Reader"
  principal_id         = azurerm_function_app_flex_consumption.function[each.value.function].identity[0].principal_id
}

locals {
  secrets = merge([for name, f in var.functions : {
    for variable, s in f.secrets : "${name}/${variable}" => {
      function = name
      vault    = regex("^https://([^.]+)", s.key_vault)[0]
      name     = regex("/secrets/([^/]+)", s.key_vault)[0]
    }
  }]...)
}

data "azurerm_resources" "vault" {
  for_each = toset([for s in values(local.secrets) : s.vault])

  type = "Microsoft.KeyVault/vaults"
  name = each.value
}

resource "azurerm_role_assignment" "secret" {
  for_each = local.secrets

  scope                = "${data.azurerm_resources.vault[each.value.vault].resources[0].id}/secrets/${each.value.name}"
  role_definition_name = "Key Vault Secrets User"
  principal_id         = azurerm_function_app_flex_consumption.function[each.value.function].identity[0].principal_id
}

# Alarms

locals {
  alarmed = { for name, f in var.functions : name => f if f.alarms != null }
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "errors" {
  for_each = local.alarmed

  name                    = "${each.value.name}-errors"
  description             = "${each.key} fails."
  resource_group_name     = azurerm_resource_group.service.name
  location                = azurerm_resource_group.service.location
  scopes                  = [azurerm_application_insights.service.id]
  severity                = 2
  evaluation_frequency    = "PT5M"
  window_duration         = "PT5M"
  auto_mitigation_enabled = true
  tags                    = merge(local.tags, each.value.tags)

  criteria {
    query                   = "requests | where cloud_RoleName == '${each.value.name}' | summarize measured = 100.0 * countif(toint(resultCode) >= 500) / count()"
    time_aggregation_method = "Maximum"
    metric_measure_column   = "measured"
    operator                = "GreaterThan"
    threshold               = each.value.alarms.error_percent
  }

  dynamic "action" {
    for_each = length(each.value.alarms.notify) > 0 ? [1] : []

    content {
      action_groups = each.value.alarms.notify
    }
  }
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "latency" {
  for_each = local.alarmed

  name                    = "${each.value.name}-latency"
  description             = "${each.key} answers slowly."
  resource_group_name     = azurerm_resource_group.service.name
  location                = azurerm_resource_group.service.location
  scopes                  = [azurerm_application_insights.service.id]
  severity                = 2
  evaluation_frequency    = "PT5M"
  window_duration         = "PT5M"
  auto_mitigation_enabled = true
  tags                    = merge(local.tags, each.value.tags)

  criteria {
    query                   = "requests | where cloud_RoleName == '${each.value.name}' | summarize measured = percentile(duration, 99)"
    time_aggregation_method = "Maximum"
    metric_measure_column   = "measured"
    operator                = "GreaterThan"
    threshold               = each.value.alarms.p99_ms
  }

  dynamic "action" {
    for_each = length(each.value.alarms.notify) > 0 ? [1] : []

    content {
      action_groups = each.value.alarms.notify
    }
  }
}
