output "endpoints" {
  description = "Where each predictor answers."
  value       = { for name, f in local.http : name => "${aws_apigatewayv2_api.http[0].api_endpoint}${f.endpoint.path == "/" ? "" : f.endpoint.path}" }
}

output "functions" {
  description = "ARN of each alias: what to invoke."
  value       = { for name, a in local.aliases : name => a.arn }
}

output "rollouts" {
  description = "Starts the rollout of a version that callers do not get yet, for each predictor that moves step by step."
  value = {
    for name, f in local.gradual : name => join(" ", [
      "aws deploy create-deployment --region ${var.region}",
      "--application-name ${aws_codedeploy_app.service[0].name} --deployment-group-name ${name}",
      "--revision '${jsonencode({
        revisionType = "AppSpecContent"
        appSpecContent = {
          content = jsonencode({
            version = 0.0
            Resources = [{ (name) = {
              Type = "AWS::Lambda::Function"
              Properties = {
                Name           = f.name
                Alias          = var.alias
                CurrentVersion = aws_lambda_alias.gradual[name].function_version
                TargetVersion  = aws_lambda_function.function[name].version
              }
            } }]
          })
        }
      })}'"
    ])
    if aws_lambda_alias.gradual[name].function_version != aws_lambda_function.function[name].version
  }
}
