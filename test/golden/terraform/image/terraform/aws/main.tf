locals {
  architectures = {
    x64   = "x86_64"
    arm64 = "arm64"
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

resource "aws_lambda_function" "function" {
  for_each = var.functions

  function_name = each.value.name
  description   = "Predictor ${each.key} of ${var.service}, stage ${var.stage}"
  role          = aws_iam_role.function[each.key].arn
  architectures = [local.architectures[each.value.architecture]]
  package_type  = "Image"
  image_uri     = each.value.image

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

resource "aws_apigatewayv2_route" "http" {
  for_each = merge([for name, f in local.http : {
    (name)        = { function = name, method = "POST", path = "${trimsuffix(f.endpoint.path, "/")}/predict" }
    "${name}/..." = { function = name, method = "GET", path = "${trimsuffix(f.endpoint.path, "/")}/{proxy+}" }
  }]...)

  api_id             = aws_apigatewayv2_api.http[0].id
  route_key          = "${each.value.method} ${each.value.path}"
  target             = "integrations/${aws_apigatewayv2_integration.http[each.value.function].id}"
  authorization_type = local.http[each.value.function].endpoint.authorization
}

resource "aws_lambda_permission" "http" {
  for_each = local.http

  function_name = aws_lambda_alias.function[each.key].function_name
  qualifier     = aws_lambda_alias.function[each.key].name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http[0].execution_arn}/*/*"
}
