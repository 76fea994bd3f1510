output "endpoints" {
  description = "Where each predictor answers."
  value       = { for name, u in aws_lambda_function_url.function : name => trimsuffix(u.function_url, "/") }
}

output "functions" {
  description = "ARN of each alias: what to invoke."
  value       = { for name, a in aws_lambda_alias.function : name => a.arn }
}
