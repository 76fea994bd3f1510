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
        uri        = aws_lambda_alias.function[name].invoke_arn
      }
    }
  }
  rest_paths = merge([for name, f in local.rest : {
    "${trimsuffix(f.endpoint.path, "/")}/predict"  = merge({ post = local.rest_operations[name] }, { for p in local.rest_preflights["${name} POST"][*] : "options" => p })
    "${trimsuffix(f.endpoint.path, "/")}/{proxy+}" = merge({ get = local.rest_operations[name] }, { for p in local.rest_preflights["${name} GET"][*] : "options" => p })
  }]...)
  rest_security = {
    NONE    = []
    AWS_IAM = ["sigv4"]
    API_KEY = ["api_key"]
  }
  allow_methods = "Access-Control-Allow-Methods"
  rest_preflights = merge([for name, f in local.rest : {
    for method in ["POST", "GET"] : "${name} ${method}" => f.endpoint.preflight == null ? null : {
      responses = {
        "200" = {
          description = "To a preflight request"
          headers     = { for name in concat(keys(f.endpoint.preflight.headers), [local.allow_methods]) : name => { schema = { type = "string" } } }
        }
      }
      x-amazon-apigateway-integration = {
        type             = "mock"
        contentHandling  = "CONVERT_TO_TEXT"
        requestTemplates = { "application/json" = "{statusCode:200}" }
        responses = {
          default = {
            statusCode = "200"
            responseParameters = {
              for name, value in merge(f.endpoint.preflight.headers, { (local.allow_methods) = "'OPTIONS,${method}'" }) :
              "method.response.header.${name}" => value
            }
            responseTemplates = { "application/json" = f.endpoint.preflight.template }
          }
        }
      }
    }
  }]...)
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

resource "aws_api_gateway_api_key" "rest" {
  count = length([for f in values(local.rest) : f if f.endpoint.authorization == "API_KEY"]) > 0 ? 1 : 0

  name = "${var.service}-${var.stage}"
}

resource "aws_api_gateway_usage_plan" "rest" {
  count = length([for f in values(local.rest) : f if f.endpoint.authorization == "API_KEY"]) > 0 ? 1 : 0

  name = "${var.service}-${var.stage}"

  api_stages {
    api_id = aws_api_gateway_rest_api.rest[0].id
    stage  = aws_api_gateway_stage.rest[0].stage_name
  }
}

resource "aws_api_gateway_usage_plan_key" "rest" {
  count = length([for f in values(local.rest) : f if f.endpoint.authorization == "API_KEY"]) > 0 ? 1 : 0

  key_id        = aws_api_gateway_api_key.rest[0].id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.rest[0].id
}

resource "aws_lambda_permission" "rest" {
  for_each = local.rest

  function_name = aws_lambda_alias.function[each.key].function_name
  qualifier     = aws_lambda_alias.function[each.key].name
  action        = "lambda:InvokeFunction"
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.rest[0].execution_arn}/*/*"
}
