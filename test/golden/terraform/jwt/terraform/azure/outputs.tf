output "endpoints" {
  description = "Where each predictor answers."
  value       = { for name, app in azurerm_function_app_flex_consumption.function : name => "https://${app.default_hostname}/api/${name}" }
}

output "apps" {
  description = "Name of each function app; its keys: az functionapp keys list."
  value       = { for name, app in azurerm_function_app_flex_consumption.function : name => app.name }
}
