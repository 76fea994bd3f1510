output "endpoints" {
  description = "Address of each predictor."
  value       = { for name, f in local.http : name => "${aws_apigatewayv2_api.http[0].api_endpoint}${f.endpoint.path == "/" ? "" : f.endpoint.path}" }
}

output "functions" {
  description = "ARN of each alias, for invocations."
  value       = { for name, a in local.aliases : name => a.arn }
}

output "rollouts" {
  description = "Commands that start the rollout of a new version, for each predictor with a gradual rollout."
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
