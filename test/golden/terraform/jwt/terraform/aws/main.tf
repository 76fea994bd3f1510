locals {
  architectures = {
    x64   = "x86_64"
    arm64 = "arm64"
  }
  folders = {
    for name, f in var.functions : name => "${var.artefacts}/${name}/aws-lambda-${f.architecture}"
  }
}

# Functions

data "aws_partition" "current" {}

data "aws_iam_policy_document" "lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  for_each = var.functions

  name               = each.value.name
  assume_role_policy = data.aws_iam_policy_document.lambda.json
  tags               = each.value.tags
}

data "aws_iam_policy_document" "function" {
  for_each = var.functions

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.function[each.key].arn}:*"]
  }
}

resource "aws_iam_role_policy" "function" {
  for_each = var.functions

  name   = "function"
  role   = aws_iam_role.function[each.key].id
  policy = data.aws_iam_policy_document.function[each.key].json
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = var.functions

  name              = "/aws/lambda/${each.value.name}"
  retention_in_days = each.value.log_retention_days
  tags              = each.value.tags
}

# A predictor without a native runtime, or with its model in a store, has no such layer.
locals {
  layers = merge([for name, f in var.functions : {
    for layer in ["runtime", "model"] : "${name}/${layer}" => {
      function = f
      name     = "${f.name}-${layer}"
      file     = "${local.folders[name]}/${layer}-layer.zip"
    } if f.packaging == "layers" && fileexists("${local.folders[name]}/${layer}-layer.zip")
  }]...)
}

resource "aws_lambda_layer_version" "layer" {
  for_each = local.layers

  layer_name               = each.value.name
  filename                 = each.value.file
  source_code_hash         = filebase64sha256(each.value.file)
  compatible_runtimes      = [var.runtime]
  compatible_architectures = [local.architectures[each.value.function.architecture]]
}

resource "aws_lambda_function" "function" {
  for_each = var.functions

  function_name    = each.value.name
  description      = "Predictor ${each.key} of ${var.service}, stage ${var.stage}"
  role             = aws_iam_role.function[each.key].arn
  architectures    = [local.architectures[each.value.architecture]]
  filename         = "${local.folders[each.key]}/function.zip"
  source_code_hash = filebase64sha256("${local.folders[each.key]}/function.zip")
  handler          = "index.handler"
  runtime          = var.runtime
  layers = [
    for layer in ["runtime", "model"] : aws_lambda_layer_version.layer["${each.key}/${layer}"].arn
    if contains(keys(local.layers), "${each.key}/${layer}")
  ]

  memory_size                    = each.value.memory_mb
  timeout                        = each.value.timeout_seconds
  reserved_concurrent_executions = coalesce(each.value.max_instances, -1)
  publish                        = true
  tags                           = each.value.tags

  ephemeral_storage {
    size = each.value.scratch_mb
  }

  environment {
    variables = each.value.environment
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

resource "aws_lambda_alias" "function" {
  for_each = var.functions

  name             = var.alias
  function_name    = aws_lambda_function.function[each.key].function_name
  function_version = aws_lambda_function.function[each.key].version
}

# Endpoints

locals {
  http = { for name, f in var.functions : name => f if try(f.endpoint.kind, null) == "http" }
}

resource "aws_apigatewayv2_api" "http" {
  count = length(local.http) > 0 ? 1 : 0

  name          = "${var.service}-${var.stage}"
  protocol_type = "HTTP"

  dynamic "cors_configuration" {
    for_each = length([for f in values(local.http) : f.endpoint.cors if f.endpoint.cors != null]) > 0 ? [[for f in values(local.http) : f.endpoint.cors if f.endpoint.cors != null]] : []

    content {
      allow_origins     = distinct(flatten([for c in cors_configuration.value : c.origins]))
      allow_headers     = distinct(flatten([for c in cors_configuration.value : c.headers]))
      allow_methods     = ["GET", "POST"]
      allow_credentials = anytrue([for c in cors_configuration.value : c.credentials])
      max_age           = min([for c in cors_configuration.value : c.max_age_seconds]...)
    }
  }
}

resource "aws_apigatewayv2_stage" "http" {
  count = length(local.http) > 0 ? 1 : 0

  api_id      = aws_apigatewayv2_api.http[0].id
  name        = "$default"
  auto_deploy = true
}

resource "aws_apigatewayv2_integration" "http" {
  for_each = local.http

  api_id                 = aws_apigatewayv2_api.http[0].id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_alias.function[each.key].invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 30000
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  for_each = { for name, f in local.http : name => f if f.endpoint.jwt != null }

  api_id           = aws_apigatewayv2_api.http[0].id
  name             = each.key
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = each.value.endpoint.jwt.issuer
    audience = each.value.endpoint.jwt.audience
  }
}

resource "aws_apigatewayv2_route" "http" {
  for_each = merge([for name, f in local.http : {
    (name)        = { function = name, method = "POST", path = "${trimsuffix(f.endpoint.path, "/")}/predict" }
    "${name}/..." = { function = name, method = "GET", path = "${trimsuffix(f.endpoint.path, "/")}/{proxy+}" }
  }]...)

  api_id             = aws_apigatewayv2_api.http[0].id
  route_key          = "${each.value.method} ${each.value.path}"
  target             = "integrations/${aws_apigatewayv2_integration.http[each.value.function].id}"
  authorization_type = local.http[each.value.function].endpoint.authorization
  authorizer_id      = try(aws_apigatewayv2_authorizer.jwt[each.value.function].id, null)
}

resource "aws_lambda_permission" "http" {
  for_each = local.http

  function_name = aws_lambda_alias.function[each.key].function_name
  qualifier     = aws_lambda_alias.function[each.key].name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http[0].execution_arn}/*/*"
}
