output "endpoints" {
  description = "Address of each predictor."
  value       = { for name, app in azurerm_function_app_flex_consumption.function : name => "https://${app.default_hostname}/api/${name}" }
}

output "apps" {
  description = "Name of each function app; its keys: az functionapp keys list."
  value       = { for name, app in azurerm_function_app_flex_consumption.function : name => app.name }
}
