import type { Features } from "../features.ts";
import { type Block, expr } from "../hcl.ts";
import { mergedMaps, output } from "../terraform-module.ts";
import { aliasesOf } from "./aws-gateway.ts";

export function awsOutputs(features: Features): Block[] {
  return [
    output("endpoints", "Address of each predictor.", endpoints(features)),
    output(
      "functions",
      "ARN of each alias, for invocations.",
      expr(`{ for name, a in ${aliasesOf(features)} : name => a.arn }`),
    ),
    ...(features.rest && features.apiKey ? [apiKey()] : []),
    ...(features.rollout ? [rollouts()] : []),
  ];
}

function endpoints({ http, rest, functionUrl }: Features) {
  const path = 'f.endpoint.path == "/" ? "" : f.endpoint.path';
  const behind = (name: string, url: string) => [`{ for name, f in local.${name} : name => "\${${url}}\${${path}}" }`];
  const maps = [
    ...(http ? behind("http", "aws_apigatewayv2_api.http[0].api_endpoint") : []),
    ...(rest ? behind("rest", "aws_api_gateway_stage.rest[0].invoke_url") : []),
    ...(functionUrl
      ? ['{ for name, u in aws_lambda_function_url.function : name => trimsuffix(u.function_url, "/") }']
      : []),
  ];
  return maps.length === 0 ? {} : mergedMaps(maps);
}

function apiKey(): Block {
  const value = expr("one(aws_api_gateway_api_key.rest[*].value)");
  return output("api_key", "Key of the REST API, for the header x-api-key.", value, { sensitive: true });
}

/** docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html, Lambda. */
function rollouts(): Block {
  return output(
    "rollouts",
    "Commands that start the rollout of a new version, for each predictor with a gradual rollout.",
    expr(
      "{",
      '  for name, f in local.gradual : name => join(" ", [',
      '    "aws deploy create-deployment --region ${var.region}",',
      '    "--application-name ${aws_codedeploy_app.service[0].name} --deployment-group-name ${name}",',
      "    \"--revision '${jsonencode({",
      '      revisionType = "AppSpecContent"',
      "      appSpecContent = {",
      "        content = jsonencode({",
      "          version = 0.0",
      "          Resources = [{ (name) = {",
      '            Type = "AWS::Lambda::Function"',
      "            Properties = {",
      "              Name           = f.name",
      "              Alias          = var.alias",
      "              CurrentVersion = aws_lambda_alias.gradual[name].function_version",
      "              TargetVersion  = aws_lambda_function.function[name].version",
      "            }",
      "          } }]",
      "        })",
      "      }",
      "    })}'\"",
      "  ])",
      "  if aws_lambda_alias.gradual[name].function_version != aws_lambda_function.function[name].version",
      "}",
    ),
  );
}
