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

# Instances kept warm

locals {
  fixed = {
    for name, f in var.functions : name => f
    if f.warm.min > 0 && f.warm.max == f.warm.min && length(f.warm.schedule) == 0
  }
  scaled = {
    for name, f in var.functions : name => f
    if f.warm.max > f.warm.min || length(f.warm.schedule) > 0
  }
}

resource "aws_lambda_provisioned_concurrency_config" "fixed" {
  for_each = local.fixed

  function_name                     = aws_lambda_alias.function[each.key].function_name
  qualifier                         = aws_lambda_alias.function[each.key].name
  provisioned_concurrent_executions = each.value.warm.min
}

resource "aws_lambda_provisioned_concurrency_config" "scaled" {
  for_each = local.scaled

  function_name                     = aws_lambda_alias.function[each.key].function_name
  qualifier                         = aws_lambda_alias.function[each.key].name
  provisioned_concurrent_executions = max(each.value.warm.min, 1)

  lifecycle {
    ignore_changes = [provisioned_concurrent_executions]
  }
}

resource "aws_appautoscaling_target" "scaled" {
  for_each = { for name, f in local.scaled : name => f if length(f.warm.schedule) == 0 }

  service_namespace  = "lambda"
  scalable_dimension = "lambda:function:ProvisionedConcurrency"
  resource_id        = "function:${aws_lambda_provisioned_concurrency_config.scaled[each.key].function_name}:${aws_lambda_provisioned_concurrency_config.scaled[each.key].qualifier}"
  min_capacity       = each.value.warm.min
  max_capacity       = each.value.warm.max
}

resource "aws_appautoscaling_target" "scheduled" {
  for_each = { for name, f in local.scaled : name => f if length(f.warm.schedule) > 0 }

  service_namespace  = "lambda"
  scalable_dimension = "lambda:function:ProvisionedConcurrency"
  resource_id        = "function:${aws_lambda_provisioned_concurrency_config.scaled[each.key].function_name}:${aws_lambda_provisioned_concurrency_config.scaled[each.key].qualifier}"
  min_capacity       = each.value.warm.min
  max_capacity       = each.value.warm.max

  lifecycle {
    ignore_changes = [min_capacity, max_capacity]
  }
}

locals {
  scaling_targets = merge(aws_appautoscaling_target.scaled, aws_appautoscaling_target.scheduled)
}

resource "aws_appautoscaling_policy" "utilization" {
  for_each = {
    for name, target in local.scaling_targets : name => target
    if local.scaled[name].warm.max > local.scaled[name].warm.min || anytrue([for w in values(local.scaled[name].warm.schedule) : w.max > w.min])
  }

  name               = "${local.scaled[each.key].name}-utilization"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id

  target_tracking_scaling_policy_configuration {
    target_value = local.scaled[each.key].warm.target_utilization

    predefined_metric_specification {
      predefined_metric_type = "LambdaProvisionedConcurrencyUtilization"
    }
  }
}

resource "aws_appautoscaling_scheduled_action" "window" {
  for_each = merge([for name, f in local.scaled : {
    for window, w in f.warm.schedule : "${name}/${window}" => merge(w, { function = name, window = window })
  }]...)

  name               = "${var.functions[each.value.function].name}-${each.value.window}"
  service_namespace  = local.scaling_targets[each.value.function].service_namespace
  scalable_dimension = local.scaling_targets[each.value.function].scalable_dimension
  resource_id        = local.scaling_targets[each.value.function].resource_id
  schedule           = each.value.cron
  timezone           = each.value.time_zone

  scalable_target_action {
    min_capacity = each.value.min
    max_capacity = each.value.max
  }
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

# Alarms and dashboard

locals {
  alarmed = { for name, f in var.functions : name => f if f.alarms != null }
  answered = merge(
    { for name, f in local.http : name => {
      namespace  = "AWS/ApiGateway"
      part       = "5xx"
      whole      = "Count"
      dimensions = { ApiId = aws_apigatewayv2_api.http[0].id }
    } },
  )
}

resource "aws_cloudwatch_metric_alarm" "server_errors" {
  for_each = { for name, f in local.alarmed : name => f if contains(keys(local.answered), name) }

  alarm_name          = "${each.value.name}-server-errors"
  alarm_description   = "Over ${each.value.alarms.error_percent} % of requests were answered with a server error"
  threshold           = each.value.alarms.error_percent
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = each.value.alarms.notify
  ok_actions          = each.value.alarms.notify
  tags                = each.value.tags

  metric_query {
    id = "part"

    metric {
      namespace   = local.answered[each.key].namespace
      metric_name = local.answered[each.key].part
      dimensions  = local.answered[each.key].dimensions
      period      = 300
      stat        = "Sum"
    }
  }

  metric_query {
    id = "whole"

    metric {
      namespace   = local.answered[each.key].namespace
      metric_name = local.answered[each.key].whole
      dimensions  = local.answered[each.key].dimensions
      period      = 300
      stat        = "Sum"
    }
  }

  metric_query {
    id          = "percent"
    label       = "Percent"
    expression  = "IF(whole > 0, 100 * part / whole, 0)"
    return_data = true
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  for_each = local.alarmed

  alarm_name          = "${each.value.name}-errors"
  alarm_description   = "Over ${each.value.alarms.error_percent} % of invocations failed"
  threshold           = each.value.alarms.error_percent
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = each.value.alarms.notify
  ok_actions          = each.value.alarms.notify
  tags                = each.value.tags

  metric_query {
    id = "part"

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Errors"
      dimensions = {
        FunctionName = each.value.name
        Resource     = "${each.value.name}:${var.alias}"
      }
      period = 300
      stat   = "Sum"
    }
  }

  metric_query {
    id = "whole"

    metric {
      namespace   = "AWS/Lambda"
      metric_name = "Invocations"
      dimensions = {
        FunctionName = each.value.name
        Resource     = "${each.value.name}:${var.alias}"
      }
      period = 300
      stat   = "Sum"
    }
  }

  metric_query {
    id          = "percent"
    label       = "Percent"
    expression  = "IF(whole > 0, 100 * part / whole, 0)"
    return_data = true
  }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  for_each = local.alarmed

  alarm_name        = "${each.value.name}-latency"
  alarm_description = "One request in a hundred took over ${each.value.alarms.p99_ms} ms"
  namespace         = "AWS/Lambda"
  metric_name       = "Duration"
  dimensions = {
    FunctionName = each.value.name
    Resource     = "${each.value.name}:${var.alias}"
  }
  period              = 300
  extended_statistic  = "p99"
  threshold           = each.value.alarms.p99_ms
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = each.value.alarms.notify
  ok_actions          = each.value.alarms.notify
  tags                = each.value.tags
}

resource "aws_cloudwatch_metric_alarm" "throttles" {
  for_each = local.alarmed

  alarm_name        = "${each.value.name}-throttles"
  alarm_description = "Requests were refused for want of concurrency"
  namespace         = "AWS/Lambda"
  metric_name       = "Throttles"
  dimensions = {
    FunctionName = each.value.name
    Resource     = "${each.value.name}:${var.alias}"
  }
  period              = 300
  statistic           = "Sum"
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = each.value.alarms.notify
  ok_actions          = each.value.alarms.notify
  tags                = each.value.tags
}

resource "aws_cloudwatch_metric_alarm" "spillover" {
  for_each = { for name, f in local.alarmed : name => f if max(f.warm.max, values(f.warm.schedule)[*].max...) > 0 }

  alarm_name        = "${each.value.name}-spillover"
  alarm_description = "Requests found every provisioned instance busy and may have started cold"
  namespace         = "AWS/Lambda"
  metric_name       = "ProvisionedConcurrencySpilloverInvocations"
  dimensions = {
    FunctionName = each.value.name
    Resource     = "${each.value.name}:${var.alias}"
  }
  period              = 300
  statistic           = "Sum"
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = each.value.alarms.notify
  ok_actions          = each.value.alarms.notify
  tags                = each.value.tags
}

locals {
  widgets = [
    {
      title = "requests"
      metrics = [
        { name = "Invocations", stat = "Sum", label = "Invocations" },
        { name = "Errors", stat = "Sum", label = "Errors" },
        { name = "Throttles", stat = "Sum", label = "Throttles" },
      ]
    },
    {
      title = "milliseconds"
      metrics = [
        { name = "Duration", stat = "p50", label = "p50" },
        { name = "Duration", stat = "p90", label = "p90" },
        { name = "Duration", stat = "p99", label = "p99" },
      ]
    },
    {
      title = "instances"
      metrics = [
        {
          name  = "ConcurrentExecutions"
          stat  = "Maximum"
          label = "ConcurrentExecutions"
        },
        {
          name  = "ProvisionedConcurrentExecutions"
          stat  = "Maximum"
          label = "ProvisionedConcurrentExecutions"
        },
        {
          name  = "ProvisionedConcurrencySpilloverInvocations"
          stat  = "Sum"
          label = "ProvisionedConcurrencySpilloverInvocations"
        },
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "service" {
  count = var.dashboard ? 1 : 0

  dashboard_name = "${var.service}-${var.stage}"
  dashboard_body = jsonencode({
    widgets = flatten([for row, name in keys(var.functions) : [
      for column, widget in local.widgets : {
        type   = "metric"
        x      = column * 8
        y      = row * 6
        width  = 8
        height = 6
        properties = {
          title  = "${name}: ${widget.title}"
          region = var.region
          view   = "timeSeries"
          period = 300
          metrics = [for m in widget.metrics : [
            "AWS/Lambda", m.name, "FunctionName", var.functions[name].name,
            "Resource", "${var.functions[name].name}:${var.alias}", { stat = m.stat, label = m.label }
          ]]
        }
      }
    ]])
  })
}
