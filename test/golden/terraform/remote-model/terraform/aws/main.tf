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

# Lambda has no references to secrets: the settings of the function, and so the state, contain their values.
# Store the state where only people who may read the secrets can read it.
locals {
  secrets = merge([for name, f in var.functions : {
    for variable, place in f.secrets : "${name}/${variable}" => place
  }]...)
}

data "aws_ssm_parameter" "secret" {
  for_each = { for key, place in local.secrets : key => place.ssm if place.ssm != null }

  name = each.value
}

data "aws_secretsmanager_secret_version" "secret" {
  for_each = { for key, place in local.secrets : key => place.secrets_manager if place.secrets_manager != null }

  secret_id = each.value
}

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

  dynamic "statement" {
    for_each = each.value.models

    content {
      actions = ["s3:GetObject"]
      resources = [
        "arn:${data.aws_partition.current.partition}:s3:::${statement.value.bucket}/${statement.value.objects}",
      ]
    }
  }

  dynamic "statement" {
    for_each = each.value.models

    content {
      actions   = ["s3:ListBucket"]
      resources = ["arn:${data.aws_partition.current.partition}:s3:::${statement.value.bucket}"]

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = ["${statement.value.objects}"]
      }
    }
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
    variables = merge(
      each.value.environment,
      {
        for variable, place in each.value.secrets : variable => (
          place.ssm != null
          ? data.aws_ssm_parameter.secret["${each.key}/${variable}"].value
          : data.aws_secretsmanager_secret_version.secret["${each.key}/${variable}"].secret_string
        )
      },
    )
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

resource "aws_lambda_alias" "function" {
  for_each = { for name, f in var.functions : name => f if f.rollout == null }

  name             = var.alias
  function_name    = aws_lambda_function.function[each.key].function_name
  function_version = aws_lambda_function.function[each.key].version
}

# CodeDeploy moves these from version to version.
resource "aws_lambda_alias" "gradual" {
  for_each = { for name, f in var.functions : name => f if f.rollout != null }

  name             = var.alias
  function_name    = aws_lambda_function.function[each.key].function_name
  function_version = aws_lambda_function.function[each.key].version

  lifecycle {
    ignore_changes = [function_version, routing_config]
  }
}

locals {
  aliases = merge(aws_lambda_alias.function, aws_lambda_alias.gradual)
}

# Pings

locals {
  pings = merge([for name, f in var.functions : {
    for index in range(try(f.ping.concurrency, 0)) : "${name}/${index}" => {
      function = name
      index    = index
      rule     = "${f.ping.rule}-${floor(index / 5)}"
    }
  }]...)
  ping_rules = { for p in values(local.pings) : p.rule => p.function if p.index % 5 == 0 }
}

resource "aws_cloudwatch_event_rule" "ping" {
  for_each = local.ping_rules

  name                = each.key
  description         = "Keeps ${var.functions[each.value].ping.concurrency} of ${var.functions[each.value].name} warm"
  schedule_expression = var.functions[each.value].ping.schedule
}

resource "aws_cloudwatch_event_target" "ping" {
  for_each = local.pings

  rule      = aws_cloudwatch_event_rule.ping[each.value.rule].name
  target_id = "ping-${each.value.index}"
  arn       = local.aliases[each.value.function].arn
  input = jsonencode({
    type        = "warmer"
    warmerId    = "tricast"
    index       = each.value.index
    concurrency = var.functions[each.value.function].ping.concurrency
    delay       = var.functions[each.value.function].ping.hold_ms
  })

  retry_policy {
    maximum_retry_attempts       = 0
    maximum_event_age_in_seconds = 60
  }
}

resource "aws_lambda_permission" "ping" {
  for_each = local.ping_rules

  function_name = local.aliases[each.value].function_name
  qualifier     = var.alias
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.ping[each.key].arn
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
  integration_uri        = local.aliases[each.key].invoke_arn
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

  function_name = local.aliases[each.key].function_name
  qualifier     = local.aliases[each.key].name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.http[0].execution_arn}/*/*"
}

# Rollout

locals {
  gradual = { for name, f in var.functions : name => f if f.rollout != null }
}

data "aws_iam_policy_document" "codedeploy" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["codedeploy.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "codedeploy" {
  count = length(local.gradual) > 0 ? 1 : 0

  name               = "${var.service}-${var.stage}-rollout"
  assume_role_policy = data.aws_iam_policy_document.codedeploy.json
}

resource "aws_iam_role_policy_attachment" "codedeploy" {
  count = length(local.gradual) > 0 ? 1 : 0

  role       = aws_iam_role.codedeploy[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited"
}

resource "aws_codedeploy_app" "service" {
  count = length(local.gradual) > 0 ? 1 : 0

  name             = "${var.service}-${var.stage}"
  compute_platform = "Lambda"
}

resource "aws_codedeploy_deployment_config" "function" {
  for_each = local.gradual

  deployment_config_name = each.value.name
  compute_platform       = "Lambda"

  traffic_routing_config {
    type = each.value.rollout.kind == "canary" ? "TimeBasedCanary" : "TimeBasedLinear"

    dynamic "time_based_canary" {
      for_each = each.value.rollout.kind == "canary" ? [each.value.rollout] : []

      content {
        interval   = time_based_canary.value.minutes
        percentage = time_based_canary.value.percent
      }
    }

    dynamic "time_based_linear" {
      for_each = each.value.rollout.kind == "linear" ? [each.value.rollout] : []

      content {
        interval   = time_based_linear.value.minutes
        percentage = time_based_linear.value.percent
      }
    }
  }
}

resource "aws_codedeploy_deployment_group" "function" {
  for_each = local.gradual

  app_name               = aws_codedeploy_app.service[0].name
  deployment_group_name  = each.key
  deployment_config_name = aws_codedeploy_deployment_config.function[each.key].deployment_config_name
  service_role_arn       = aws_iam_role.codedeploy[0].arn

  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }

  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
  }
}
