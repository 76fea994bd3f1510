import { ROUTES } from "../../../facts/routes.ts";
import type { Features } from "../features.ts";
import { call, expr, nested, type Part, template } from "../hcl.ts";
import { ifAny, locals, merged, resource } from "../terraform-module.ts";
import { aliasesOf, ofKind, permission } from "./aws-gateway.ts";

const IF_REST = ifAny("local.rest");
const API_ID = expr("aws_api_gateway_rest_api.rest[0].id");

export function restApi(features: Features): Part[] {
  return [
    ofKind("rest", "rest"),
    restDocument(features),
    resource("aws_api_gateway_rest_api", "rest", {
      ...IF_REST,
      name: template("${var.service}-${var.stage}-rest"),
      // Without this setting, API Gateway changes the bytes of bodies.
      binary_media_types: ["*/*"],
      body: call("jsonencode", expr("local.rest_document")),
      endpoint_configuration: nested({ types: ["REGIONAL"] }),
    }),
    resource("aws_api_gateway_deployment", "rest", {
      ...IF_REST,
      rest_api_id: API_ID,
      triggers: { body: expr("sha256(aws_api_gateway_rest_api.rest[0].body)") },
      lifecycle: nested({ create_before_destroy: true }),
    }),
    resource("aws_api_gateway_stage", "rest", {
      ...IF_REST,
      rest_api_id: API_ID,
      deployment_id: expr("aws_api_gateway_deployment.rest[0].id"),
      stage_name: expr("var.stage"),
    }),
    ...(features.apiKey ? apiKey() : []),
    permission("aws_api_gateway_rest_api.rest", "rest", features),
  ];
}

/** docs.aws.amazon.com/apigateway/latest/developerguide, "API Gateway extensions to OpenAPI" */
function restDocument(features: Features): Part {
  const document = {
    openapi: "3.0.1",
    info: { title: template("${var.service}-${var.stage}"), version: "1" },
    paths: expr("local.rest_paths"),
    components: { securitySchemes: SECURITY_SCHEMES },
  };
  return locals({
    rest_operations: expr(
      "{",
      "  for name, f in local.rest : name => {",
      '    responses = { default = { description = "The function\'s answer" } }',
      "    security  = [for scheme in local.rest_security[f.endpoint.authorization] : { (scheme) = [] }]",
      "    x-amazon-apigateway-integration = {",
      '      type       = "aws_proxy"',
      '      httpMethod = "POST"',
      `      uri        = ${aliasesOf(features)}[name].invoke_arn`,
      "    }",
      "  }",
      "}",
    ),
    rest_paths: merged("local.rest", ...ROUTES.map(({ method, below }) => restPath(method, below, features))),
    rest_security: { NONE: [], AWS_IAM: ["sigv4"], API_KEY: ["api_key"] },
    ...(features.cors && {
      allow_methods: "Access-Control-Allow-Methods",
      rest_preflights: merged("local.rest", ...preflights()),
    }),
    rest_document: document,
  });
}

const PATH = '${trimsuffix(f.endpoint.path, "/")}';
/** The width of the longest path with its quotes and indentation, because `terraform fmt` aligns the paths. */
const REST_PATH_WIDTH = 4 + PATH.length + Math.max(...ROUTES.map((one) => one.below.length));

function restPath(method: string, below: string, { cors }: Features): string {
  const path = `  "${PATH}${below}"`.padEnd(REST_PATH_WIDTH);
  const operation = `{ ${method.toLowerCase()} = local.rest_operations[name] }`;
  const preflight = `{ for p in local.rest_preflights["\${name} ${method}"][*] : "options" => p }`;
  return `${path} = ${cors ? `merge(${operation}, ${preflight})` : operation}`;
}

/** The gateway's own responses to preflight requests; null for a function that allows no other origins. */
function preflights(): readonly string[] {
  return [
    `  for method in [${ROUTES.map(({ method }) => `"${method}"`).join(", ")}] : "\${name} \${method}" => f.endpoint.preflight == null ? null : {`,
    "    responses = {",
    '      "200" = {',
    '        description = "To a preflight request"',
    '        headers     = { for name in concat(keys(f.endpoint.preflight.headers), [local.allow_methods]) : name => { schema = { type = "string" } } }',
    "      }",
    "    }",
    "    x-amazon-apigateway-integration = {",
    '      type             = "mock"',
    '      contentHandling  = "CONVERT_TO_TEXT"',
    '      requestTemplates = { "application/json" = "{statusCode:200}" }',
    "      responses = {",
    "        default = {",
    '          statusCode = "200"',
    "          responseParameters = {",
    "            for name, value in merge(f.endpoint.preflight.headers, { (local.allow_methods) = \"'OPTIONS,${method}'\" }) :",
    '            "method.response.header.${name}" => value',
    "          }",
    '          responseTemplates = { "application/json" = f.endpoint.preflight.template }',
    "        }",
    "      }",
    "    }",
    "  }",
  ];
}

const SECURITY_SCHEMES = {
  api_key: { type: "apiKey", in: "header", name: "x-api-key" },
  sigv4: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    "x-amazon-apigateway-authtype": "awsSigv4",
  },
} as const;

function apiKey(): Part[] {
  const name = template("${var.service}-${var.stage}");
  const count = ifAny('[for f in values(local.rest) : f if f.endpoint.authorization == "API_KEY"]');
  return [
    resource("aws_api_gateway_api_key", "rest", { ...count, name }),
    resource("aws_api_gateway_usage_plan", "rest", {
      ...count,
      name,
      api_stages: nested({ api_id: API_ID, stage: expr("aws_api_gateway_stage.rest[0].stage_name") }),
    }),
    resource("aws_api_gateway_usage_plan_key", "rest", {
      ...count,
      key_id: expr("aws_api_gateway_api_key.rest[0].id"),
      key_type: "API_KEY",
      usage_plan_id: expr("aws_api_gateway_usage_plan.rest[0].id"),
    }),
  ];
}
