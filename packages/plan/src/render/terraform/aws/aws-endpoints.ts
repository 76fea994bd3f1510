import { HTTP_API_TIMEOUT_MS, METHODS, ROUTES } from "../../../facts/routes.ts";
import type { Features } from "../features.ts";
import { dynamic, expr, type Nested, nested, type Part, template } from "../hcl.ts";
import { functionsIf, ifAny, merged, resource } from "../terraform-module.ts";
import { aliasesOf, aliasOf, ofKind, permission } from "./aws-gateway.ts";
import { restApi } from "./aws-rest-api.ts";

/** One HTTP API and one REST API for all functions, and function URLs for each. */
export function awsEndpoints(features: Features): Part[] {
  return [
    ...(features.http ? httpApi(features) : []),
    ...(features.rest ? restApi(features) : []),
    ...(features.functionUrl ? functionUrl(features) : []),
  ];
}

const IF_HTTP = ifAny("local.http");
const API_ID = expr("aws_apigatewayv2_api.http[0].id");

function httpApi(features: Features): Part[] {
  return [
    ofKind("http", "http"),
    resource("aws_apigatewayv2_api", "http", {
      ...IF_HTTP,
      name: template("${var.service}-${var.stage}"),
      protocol_type: "HTTP",
      cors_configuration: features.cors ? httpCors() : undefined,
    }),
    resource("aws_apigatewayv2_stage", "http", { ...IF_HTTP, api_id: API_ID, name: "$default", auto_deploy: true }),
    resource("aws_apigatewayv2_integration", "http", {
      for_each: expr("local.http"),
      api_id: API_ID,
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

/** An HTTP API has one CORS configuration for all its routes. */
function httpCors(): Nested {
  const all = (name: string) => expr(`distinct(flatten([for c in cors_configuration.value : c.${name}]))`);
  const given = "[for f in values(local.http) : f.endpoint.cors if f.endpoint.cors != null]";
  return dynamic(expr(`length(${given}) > 0 ? [${given}] : []`), {
    allow_origins: all("origins"),
    allow_headers: all("headers"),
    allow_methods: METHODS,
    allow_credentials: expr("anytrue([for c in cors_configuration.value : c.credentials])"),
    max_age: expr("min([for c in cors_configuration.value : c.max_age_seconds]...)"),
  });
}

function jwtAuthorizer(): Part {
  return resource("aws_apigatewayv2_authorizer", "jwt", {
    for_each: functionsIf("f.endpoint.jwt != null", "local.http"),
    api_id: API_ID,
    name: expr("each.key"),
    authorizer_type: "JWT",
    identity_sources: ["$request.header.Authorization"],
    jwt_configuration: nested({
      issuer: expr("each.value.endpoint.jwt.issuer"),
      audience: expr("each.value.endpoint.jwt.audience"),
    }),
  });
}

/** Keys of the routes, in the order of {@link ROUTES}. Deployed states have these addresses, so they must not change. */
const ROUTE_KEYS = ["(name)       ", '"${name}/..."'];

function route(method: string, below: string): string {
  return `{ function = name, method = "${method}", path = "\${trimsuffix(f.endpoint.path, "/")}${below}" }`;
}

function httpRoutes({ jwt }: Features): Part {
  return resource("aws_apigatewayv2_route", "http", {
    for_each: merged(
      "local.http",
      ...ROUTES.map(({ method, below }, index) => `  ${ROUTE_KEYS[index]} = ${route(method, below)}`),
    ),
    api_id: API_ID,
    route_key: template("${each.value.method} ${each.value.path}"),
    target: template("integrations/${aws_apigatewayv2_integration.http[each.value.function].id}"),
    authorization_type: expr("local.http[each.value.function].endpoint.authorization"),
    authorizer_id: jwt ? expr("try(aws_apigatewayv2_authorizer.jwt[each.value.function].id, null)") : undefined,
  });
}

function functionUrl(features: Features): Part[] {
  return [
    ofKind("urls", "function-url"),
    resource("aws_lambda_function_url", "function", {
      for_each: expr("local.urls"),
      ...aliasOf(features),
      authorization_type: expr("each.value.endpoint.authorization"),
      cors: features.cors ? urlCors() : undefined,
    }),
    ...(features.open ? openUrl(features) : []),
  ];
}

function urlCors(): Nested {
  return dynamic(expr("each.value.endpoint.cors[*]"), {
    allow_origins: expr("cors.value.origins"),
    allow_headers: expr("cors.value.headers"),
    allow_methods: METHODS,
    allow_credentials: expr("cors.value.credentials"),
    max_age: expr("cors.value.max_age_seconds"),
  });
}

/** Callers get 403 unless both permissions exist (docs.aws.amazon.com/lambda/latest/dg/urls-auth.html). */
function openUrl(features: Features): Part[] {
  const anyone = {
    for_each: functionsIf('f.endpoint.authorization == "NONE"', "local.urls"),
    ...aliasOf(features),
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
