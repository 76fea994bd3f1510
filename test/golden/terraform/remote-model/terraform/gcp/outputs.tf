output "endpoints" {
  description = "Address of each predictor."
  value       = { for name, r in local.running : name => r.uri }
}

output "services" {
  description = "Cloud Run service of each predictor."
  value       = { for name, r in local.running : name => r.service }
}
