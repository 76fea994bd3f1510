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
  urls = { for name, f in var.functions : name => f if try(f.endpoint.kind, null) == "function-url" }
}

resource "aws_lambda_function_url" "function" {
  for_each = local.urls

  function_name      = aws_lambda_alias.function[each.key].function_name
  qualifier          = aws_lambda_alias.function[each.key].name
  authorization_type = each.value.endpoint.authorization

  dynamic "cors" {
    for_each = each.value.endpoint.cors[*]

    content {
      allow_origins     = cors.value.origins
      allow_headers     = cors.value.headers
      allow_methods     = ["GET", "POST"]
      allow_credentials = cors.value.credentials
      max_age           = cors.value.max_age_seconds
    }
  }
}

resource "aws_lambda_permission" "url" {
  for_each = { for name, f in local.urls : name => f if f.endpoint.authorization == "NONE" }

  function_name          = aws_lambda_alias.function[each.key].function_name
  qualifier              = aws_lambda_alias.function[each.key].name
  principal              = "*"
  action                 = "lambda:InvokeFunctionUrl"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "url_invoke" {
  for_each = { for name, f in local.urls : name => f if f.endpoint.authorization == "NONE" }

  function_name            = aws_lambda_alias.function[each.key].function_name
  qualifier                = aws_lambda_alias.function[each.key].name
  principal                = "*"
  action                   = "lambda:InvokeFunction"
  invoked_via_function_url = true
}
