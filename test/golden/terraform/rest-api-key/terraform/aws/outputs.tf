output "endpoints" {
  description = "Where each predictor answers."
  value       = { for name, f in local.rest : name => "${aws_api_gateway_stage.rest[0].invoke_url}${f.endpoint.path == "/" ? "" : f.endpoint.path}" }
}

output "functions" {
  description = "ARN of each alias: what to invoke."
  value       = { for name, a in aws_lambda_alias.function : name => a.arn }
}

output "api_key" {
  description = "Key of the REST API, for the header x-api-key."
  value       = one(aws_api_gateway_api_key.rest[*].value)
  sensitive   = true
}
