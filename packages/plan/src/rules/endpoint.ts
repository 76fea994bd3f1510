import type { TargetName } from "../config.ts";
import { isProduction } from "../facts/defaults.ts";
import type { ResolvedEndpoint, ResolvedFunction } from "../resolved-plan.ts";
import { functionRule, type Rule, repeats, targetRule, type Violation } from "./rule.ts";

const GATEWAY_LIMITS = "docs.aws.amazon.com/apigateway/latest/developerguide/limits.html";

/** The largest body that reaches the predictor, in MB. */
const BODY_LIMITS: Readonly<Record<TargetName, number>> = { aws: 6, azure: 210, gcp: 32 };

export const ENDPOINT_RULES: readonly Rule[] = [
  functionRule({
    name: "http-api-timeout",
    targets: ["aws"],
    why: "An HTTP API answers 503 after 30 seconds, whatever the function does then, and that cannot be raised.",
    source: `${GATEWAY_LIMITS} (integration timeout of HTTP APIs)`,
    look: tooLongFor("http", 30, 'at most 29 seconds, or endpoint: { kind: "function-url" }'),
  }),
  functionRule({
    name: "rest-api-timeout",
    severity: "warning",
    targets: ["aws"],
    why: "A REST API answers 504 after 29 seconds unless the account's quota is raised, which only Regional and private APIs allow.",
    source: `${GATEWAY_LIMITS} (integration timeout of REST APIs)`,
    look: tooLongFor("rest", 29, "at most 29 seconds, or ask AWS to raise the quota"),
  }),
  functionRule({
    name: "azure-http-timeout",
    targets: ["azure"],
    why: "Azure's load balancer cuts an HTTP request after 230 seconds without an answer, on every plan.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#timeout",
    look: ({ endpoint, timeoutSeconds }) =>
      endpoint === undefined || timeoutSeconds <= 230
        ? undefined
        : { field: "timeoutSeconds", seen: `${timeoutSeconds} seconds`, fix: "take at most 230 seconds" },
  }),
  functionRule({
    name: "public-in-production",
    why: "Without a decision everybody may call it, and somebody pays for every call.",
    source: "tricast: prod asks for a choice",
    look: ({ endpoint }, { plan, target }) =>
      endpoint?.auth !== "none" || endpoint.authChosen || !isProduction(plan.stage)
        ? undefined
        : {
            field: "endpoint.auth",
            seen: "no choice, which means public",
            fix: `choose ${authsOf(target.target, endpoint)}; or "none", if everybody shall call it`,
          },
  }),
  functionRule({
    name: "endpoint-kind-aws-only",
    targets: ["azure", "gcp"],
    why: "REST APIs and function URLs are AWS's; a function of Azure or Google has its own URL.",
    source: "tricast: Endpoint.kind",
    look: ({ endpoint }) =>
      endpoint === undefined || endpoint.kind === "http"
        ? undefined
        : { field: "endpoint.kind", seen: JSON.stringify(endpoint.kind), fix: "set it under targets.aws only" },
  }),
  functionRule({
    name: "cors-star-with-credentials",
    why: "Browsers refuse an answer to a request with credentials that allows every origin.",
    source: "developer.mozilla.org/docs/Web/HTTP/CORS/Errors/CORSNotSupportingCredentials",
    look: ({ endpoint }) =>
      endpoint?.cors?.credentials === true && endpoint.cors.origins.includes("*")
        ? { field: "endpoint.cors", seen: 'credentials with the origin "*"', fix: "name the origins" }
        : undefined,
  }),
  functionRule({
    name: "alb-body-limit",
    targets: ["aws"],
    why: "A load balancer hands a Lambda function bodies of at most 1 MB, and takes no larger answer.",
    source: "docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html",
    look: ({ endpoint }) =>
      endpoint?.loadBalancer === true && (endpoint.maxBodyMb ?? 0) > 1
        ? { field: "endpoint.maxBodyMb", seen: `${endpoint.maxBodyMb} MB`, fix: "send it through API Gateway" }
        : undefined,
  }),
  functionRule({
    name: "body-limit",
    why: "A larger request is refused before it reaches the predictor: Lambda takes 6 MB, Cloud Run 32 MB, Azure Functions 210 MB.",
    source:
      "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; cloud.google.com/run/quotas; learn.microsoft.com/azure/azure-functions/functions-scale",
    look: ({ endpoint, target }) =>
      endpoint === undefined || endpoint.loadBalancer || (endpoint.maxBodyMb ?? 0) <= BODY_LIMITS[target]
        ? undefined
        : {
            field: "endpoint.maxBodyMb",
            seen: `${endpoint.maxBodyMb} MB`,
            fix: `at most ${BODY_LIMITS[target]} MB; let clients put larger inputs into a bucket and send their address`,
          },
  }),
  functionRule({
    name: "load-balancer-aws-only",
    targets: ["azure", "gcp"],
    why: "Only on AWS does it change what reaches the predictor.",
    source: "tricast: Endpoint.loadBalancer",
    look: ({ endpoint }) =>
      endpoint?.loadBalancer === true
        ? { field: "endpoint.loadBalancer", seen: "true", fix: "set it under targets.aws only" }
        : undefined,
  }),
  targetRule({
    name: "endpoint-path-repeats",
    target: "aws",
    why: "Two predictors on one path of one gateway: the second deployment would be refused, or take the first one's place.",
    source: "docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html",
    look: ({ functions }) => repeats(functions, pathOnGateway).map(toRepeatedPath),
  }),
];

function tooLongFor(kind: ResolvedEndpoint["kind"], most: number, fix: string) {
  return ({ endpoint, timeoutSeconds }: ResolvedFunction) =>
    endpoint?.kind !== kind || timeoutSeconds <= most
      ? undefined
      : { field: "timeoutSeconds", seen: `${timeoutSeconds} seconds`, fix: `take ${fix}` };
}

function authsOf(target: TargetName, { kind }: ResolvedEndpoint): string {
  if (target === "azure") return '"api-key", or an issuer and audience';
  return target === "aws" && kind === "http" ? '"iam", or an issuer and audience' : '"iam"';
}

function pathOnGateway({ endpoint }: ResolvedFunction): string | undefined {
  return endpoint === undefined || endpoint.kind === "function-url" ? undefined : `${endpoint.kind} ${endpoint.path}`;
}

function toRepeatedPath([path, owners]: readonly [string, readonly ResolvedFunction[]]): Violation {
  const names = owners.map(({ predictor }) => predictor).join(" and ");
  return {
    field: `${owners[0]?.predictor}.endpoint.path`,
    seen: `${path} for ${names}`,
    fix: "give each its own path",
  };
}
