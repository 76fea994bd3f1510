import { HTTP_API_TIMEOUT_MS, METHODS, ROUTES } from "../../../facts/routes.ts";
import type { Features } from "../features.ts";
import { block, call, expr, type Part, template } from "../hcl.ts";
import { dynamic, resource } from "../terraform-module.ts";
import { aliasesOf } from "./aws-functions.ts";

/** How clients reach the functions: one HTTP API and one REST API for all, function URLs for each. */
export function awsEndpoints(features: Features): Part[] {
  return [
    ...(features.http ? httpApi(features) : []),
    ...(features.rest ? restApi(features) : []),
    ...(features.functionUrl ? functionUrl(features) : []),
  ];
}

function ofKind(name: string, kind: string): Part {
  const functions = `{ for name, f in var.functions : name => f if try(f.endpoint.kind, null) == "${kind}" }`;
  return block("locals", [], { [name]: expr(functions) });
}

/** The gateway calls the alias, and only this gateway may. */
function permission(api: string, name: string, features: Features): Part {
  return resource("aws_lambda_permission", name, {
    for_each: expr(`local.${name}`),
    function_name: expr(`${aliasesOf(features)}[each.key].function_name`),
    qualifier: expr(`${aliasesOf(features)}[each.key].name`),
    action: "lambda:InvokeFunction",
    principal: "apigateway.amazonaws.com",
    source_arn: template(`\${${api}[0].execution_arn}/*/*`),
  });
}

const IF_HTTP = { count: expr("length(local.http) > 0 ? 1 : 0") };

function httpApi(features: Features): Part[] {
  return [
    ofKind("http", "http"),
    resource(
      "aws_apigatewayv2_api",
      "http",
      { ...IF_HTTP, name: template("${var.service}-${var.stage}"), protocol_type: "HTTP" },
      ...(features.cors ? [httpCors()] : []),
    ),
    resource("aws_apigatewayv2_stage", "http", {
      ...IF_HTTP,
      api_id: expr("aws_apigatewayv2_api.http[0].id"),
      name: "$default",
      auto_deploy: true,
    }),
    resource("aws_apigatewayv2_integration", "http", {
      for_each: expr("local.http"),
      api_id: expr("aws_apigatewayv2_api.http[0].id"),
      integration_type: "AWS_PROXY",
      integration_uri: expr(`${aliasesOf(features)}[each.key].invoke_arn`),
      payload_format_version: "2.0",
      timeout_milliseconds: HTTP_API_TIMEOUT_MS,
    }),
    ...(features.jwt ? [jwtAuthorizer()] : []),
    httpRoutes(features),
    permission("aws_apigatewayv2_api.http", "http", features),
  ];
}

/** An HTTP API has one answer to other origins for all its routes. */
function httpCors(): Part {
  const all = (name: string) => expr(`distinct(flatten([for c in cors_configuration.value : c.${name}]))`);
  const given = "[for f in values(local.http) : f.endpoint.cors if f.endpoint.cors != null]";
  return dynamic("cors_configuration", expr(`length(${given}) > 0 ? [${given}] : []`), {
    allow_origins: all("origins"),
    allow_headers: all("headers"),
    allow_methods: METHODS,
    allow_credentials: expr("anytrue([for c in cors_configuration.value : c.credentials])"),
    max_age: expr("min([for c in cors_configuration.value : c.max_age_seconds]...)"),
  });
}

function jwtAuthorizer(): Part {
  const jwt = { issuer: expr("each.value.endpoint.jwt.issuer"), audience: expr("each.value.endpoint.jwt.audience") };
  return resource(
    "aws_apigatewayv2_authorizer",
    "jwt",
    {
      for_each: expr("{ for name, f in local.http : name => f if f.endpoint.jwt != null }"),
      api_id: expr("aws_apigatewayv2_api.http[0].id"),
      name: expr("each.key"),
      authorizer_type: "JWT",
      identity_sources: ["$request.header.Authorization"],
    },
    block("jwt_configuration", [], jwt),
  );
}

/** Addresses of the routes, in the order of {@link ROUTES}: those that deployed states have. */
const ROUTE_KEYS = ["(name)       ", '"${name}/..."'];

function route(method: string, below: string): string {
  return `{ function = name, method = "${method}", path = "\${trimsuffix(f.endpoint.path, "/")}${below}" }`;
}

function httpRoutes({ jwt }: Features): Part {
  return resource("aws_apigatewayv2_route", "http", {
    for_each: expr(
      "merge([for name, f in local.http : {",
      ...ROUTES.map(({ method, below }, index) => `  ${ROUTE_KEYS[index]} = ${route(method, below)}`),
      "}]...)",
    ),
    api_id: expr("aws_apigatewayv2_api.http[0].id"),
    route_key: template("${each.value.method} ${each.value.path}"),
    target: template("integrations/${aws_apigatewayv2_integration.http[each.value.function].id}"),
    authorization_type: expr("local.http[each.value.function].endpoint.authorization"),
    authorizer_id: jwt ? expr("try(aws_apigatewayv2_authorizer.jwt[each.value.function].id, null)") : undefined,
  });
}

const IF_REST = { count: expr("length(local.rest) > 0 ? 1 : 0") };

function restApi(features: Features): Part[] {
  return [
    ofKind("rest", "rest"),
    restDocument(features),
    resource(
      "aws_api_gateway_rest_api",
      "rest",
      {
        ...IF_REST,
        name: template("${var.service}-${var.stage}-rest"),
        // Bytes reach the function as they were sent.
        binary_media_types: ["*/*"],
        body: call("jsonencode", expr("local.rest_document")),
      },
      block("endpoint_configuration", [], { types: ["REGIONAL"] }),
    ),
    resource(
      "aws_api_gateway_deployment",
      "rest",
      {
        ...IF_REST,
        rest_api_id: expr("aws_api_gateway_rest_api.rest[0].id"),
        triggers: { body: expr("sha256(aws_api_gateway_rest_api.rest[0].body)") },
      },
      block("lifecycle", [], { create_before_destroy: true }),
    ),
    resource("aws_api_gateway_stage", "rest", {
      ...IF_REST,
      rest_api_id: expr("aws_api_gateway_rest_api.rest[0].id"),
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
  return block("locals", [], {
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
    rest_paths: expr(
      "merge([for name, f in local.rest : {",
      ...ROUTES.flatMap(({ method, below }) => restPath(method, below, features)),
      "}]...)",
    ),
    rest_security: { NONE: [], AWS_IAM: ["sigv4"], API_KEY: ["api_key"] },
    ...(features.cors ? { allow_methods: "Access-Control-Allow-Methods", rest_preflights: expr(...preflights()) } : {}),
    rest_document: document,
  });
}

/** Of the longest path, as `terraform fmt` aligns them. */
const REST_PATH_WIDTH =
  4 + '${trimsuffix(f.endpoint.path, "/")}'.length + Math.max(...ROUTES.map((one) => one.below.length));

function restPath(method: string, below: string, { cors }: Features): readonly string[] {
  const path = `  "\${trimsuffix(f.endpoint.path, "/")}${below}"`.padEnd(REST_PATH_WIDTH);
  const operation = `{ ${method.toLowerCase()} = local.rest_operations[name] }`;
  const preflight = `{ for p in local.rest_preflights["\${name} ${method}"][*] : "options" => p }`;
  return [`${path} = ${cors ? `merge(${operation}, ${preflight})` : operation}`];
}

/** Answers to preflight requests, which the gateway gives itself; null where a function allows no other origins. */
function preflights(): readonly string[] {
  return [
    "merge([for name, f in local.rest : {",
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
    "}]...)",
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
  const some = '[for f in values(local.rest) : f if f.endpoint.authorization == "API_KEY"]';
  const count = { count: expr(`length(${some}) > 0 ? 1 : 0`) };
  return [
    resource("aws_api_gateway_api_key", "rest", { ...count, name: template("${var.service}-${var.stage}") }),
    resource(
      "aws_api_gateway_usage_plan",
      "rest",
      { ...count, name: template("${var.service}-${var.stage}") },
      block("api_stages", [], {
        api_id: expr("aws_api_gateway_rest_api.rest[0].id"),
        stage: expr("aws_api_gateway_stage.rest[0].stage_name"),
      }),
    ),
    resource("aws_api_gateway_usage_plan_key", "rest", {
      ...count,
      key_id: expr("aws_api_gateway_api_key.rest[0].id"),
      key_type: "API_KEY",
      usage_plan_id: expr("aws_api_gateway_usage_plan.rest[0].id"),
    }),
  ];
}

function functionUrl(features: Features): Part[] {
  return [
    ofKind("urls", "function-url"),
    resource(
      "aws_lambda_function_url",
      "function",
      {
        for_each: expr("local.urls"),
        function_name: expr(`${aliasesOf(features)}[each.key].function_name`),
        qualifier: expr(`${aliasesOf(features)}[each.key].name`),
        authorization_type: expr("each.value.endpoint.authorization"),
      },
      ...(features.cors ? [urlCors()] : []),
    ),
    ...(features.open ? openUrl(features) : []),
  ];
}

function urlCors(): Part {
  return dynamic("cors", expr("each.value.endpoint.cors[*]"), {
    allow_origins: expr("cors.value.origins"),
    allow_headers: expr("cors.value.headers"),
    allow_methods: METHODS,
    allow_credentials: expr("cors.value.credentials"),
    max_age: expr("cors.value.max_age_seconds"),
  });
}

/** Both are needed, or callers get 403 (docs.aws.amazon.com/lambda/latest/dg/urls-auth.html). */
function openUrl(features: Features): Part[] {
  const anyone = {
    for_each: expr('{ for name, f in local.urls : name => f if f.endpoint.authorization == "NONE" }'),
    function_name: expr(`${aliasesOf(features)}[each.key].function_name`),
    qualifier: expr(`${aliasesOf(features)}[each.key].name`),
    principal: "*",
  };
  return [
    resource("aws_lambda_permission", "url", {
      ...anyone,
      action: "lambda:InvokeFunctionUrl",
      function_url_auth_type: "NONE",
    }),
    resource("aws_lambda_permission", "url_invoke", {
      ...anyone,
      action: "lambda:InvokeFunction",
      invoked_via_function_url: true,
    }),
  ];
}
