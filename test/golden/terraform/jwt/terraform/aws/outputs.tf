output "endpoints" {
  description = "Where each predictor answers."
  value       = { for name, f in local.http : name => "${aws_apigatewayv2_api.http[0].api_endpoint}${f.endpoint.path == "/" ? "" : f.endpoint.path}" }
}

output "functions" {
  description = "ARN of each alias: what to invoke."
  value       = { for name, a in aws_lambda_alias.function : name => a.arn }
}
