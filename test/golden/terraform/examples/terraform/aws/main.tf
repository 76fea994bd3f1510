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

  function_name                     = local.aliases[each.key].function_name
  qualifier                         = local.aliases[each.key].name
  provisioned_concurrent_executions = each.value.warm.min
}

resource "aws_lambda_provisioned_concurrency_config" "scaled" {
  for_each = local.scaled

  function_name                     = local.aliases[each.key].function_name
  qualifier                         = local.aliases[each.key].name
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

locals {
  rest = { for name, f in var.functions : name => f if try(f.endpoint.kind, null) == "rest" }
}

locals {
  rest_operations = {
    for name, f in local.rest : name => {
      responses = { default = { description = "The function's answer" } }
      security  = [for scheme in local.rest_security[f.endpoint.authorization] : { (scheme) = [] }]
      x-amazon-apigateway-integration = {
        type       = "aws_proxy"
        httpMethod = "POST"
        uri        = local.aliases[name].invoke_arn
      }
    }
  }
  rest_paths = merge([for name, f in local.rest : {
    "${trimsuffix(f.endpoint.path, "/")}/predict"  = { post = local.rest_operations[name] }
    "${trimsuffix(f.endpoint.path, "/")}/{proxy+}" = { get = local.rest_operations[name] }
  }]...)
  rest_security = {
    NONE    = []
    AWS_IAM = ["sigv4"]
    API_KEY = ["api_key"]
  }
  rest_document = {
    openapi = "3.0.1"
    info = {
      title   = "${var.service}-${var.stage}"
      version = "1"
    }
    paths = local.rest_paths
    components = {
      securitySchemes = {
        api_key = {
          type = "apiKey"
          in   = "header"
          name = "x-api-key"
        }
        sigv4 = {
          type                         = "apiKey"
          in                           = "header"
          name                         = "Authorization"
          x-amazon-apigateway-authtype = "awsSigv4"
        }
      }
    }
  }
}

resource "aws_api_gateway_rest_api" "rest" {
  count = length(local.rest) > 0 ? 1 : 0

  name               = "${var.service}-${var.stage}-rest"
  binary_media_types = ["*/*"]
  body               = jsonencode(local.rest_document)

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_deployment" "rest" {
  count = length(local.rest) > 0 ? 1 : 0

  rest_api_id = aws_api_gateway_rest_api.rest[0].id
  triggers = {
    body = sha256(aws_api_gateway_rest_api.rest[0].body)
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "rest" {
  count = length(local.rest) > 0 ? 1 : 0

  rest_api_id   = aws_api_gateway_rest_api.rest[0].id
  deployment_id = aws_api_gateway_deployment.rest[0].id
  stage_name    = var.stage
}

resource "aws_lambda_permission" "rest" {
  for_each = local.rest

  function_name = local.aliases[each.key].function_name
  qualifier     = local.aliases[each.key].name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.rest[0].execution_arn}/*/*"
}

locals {
  urls = { for name, f in var.functions : name => f if try(f.endpoint.kind, null) == "function-url" }
}

resource "aws_lambda_function_url" "function" {
  for_each = local.urls

  function_name      = local.aliases[each.key].function_name
  qualifier          = local.aliases[each.key].name
  authorization_type = each.value.endpoint.authorization
}

resource "aws_lambda_permission" "url" {
  for_each = { for name, f in local.urls : name => f if f.endpoint.authorization == "NONE" }

  function_name          = local.aliases[each.key].function_name
  qualifier              = local.aliases[each.key].name
  principal              = "*"
  action                 = "lambda:InvokeFunctionUrl"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "url_invoke" {
  for_each = { for name, f in local.urls : name => f if f.endpoint.authorization == "NONE" }

  function_name            = local.aliases[each.key].function_name
  qualifier                = local.aliases[each.key].name
  principal                = "*"
  action                   = "lambda:InvokeFunction"
  invoked_via_function_url = true
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
    { for name, f in local.rest : name => {
      namespace  = "AWS/ApiGateway"
      part       = "5XXError"
      whole      = "Count"
      dimensions = { ApiName = aws_api_gateway_rest_api.rest[0].name }
    } },
    { for name, f in local.urls : name => {
      namespace  = "AWS/Lambda"
      part       = "Url5xxCount"
      whole      = "UrlRequestCount"
      dimensions = { FunctionName = f.name, Resource = "${f.name}:${var.alias}" }
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

  dynamic "alarm_configuration" {
    for_each = each.value.alarms[*]

    content {
      enabled = true
      alarms = concat(
        try([aws_cloudwatch_metric_alarm.server_errors[each.key].alarm_name], []),
        [aws_cloudwatch_metric_alarm.errors[each.key].alarm_name],
        [aws_cloudwatch_metric_alarm.latency[each.key].alarm_name],
        [aws_cloudwatch_metric_alarm.throttles[each.key].alarm_name],
        try([aws_cloudwatch_metric_alarm.spillover[each.key].alarm_name], []),
      )
    }
  }
}
