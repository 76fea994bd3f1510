import type { TargetName } from "../config.ts";
import { isProduction } from "../facts/defaults.ts";
import type { ResolvedEndpoint, ResolvedFunction } from "../resolved-plan.ts";
import { functionRule, type Rule, sharedKeys, targetRule, violation } from "./rule.ts";

const GATEWAY_LIMITS = "docs.aws.amazon.com/apigateway/latest/developerguide/limits.html";

/** The largest body that reaches the predictor, in MB. */
const BODY_LIMITS: Readonly<Record<TargetName, number>> = { aws: 6, azure: 210, gcp: 32 };

export const ENDPOINT_RULES: readonly Rule[] = [
  functionRule("http-api-timeout", ["aws"], {
    why: "An HTTP API answers 503 after 30 seconds, even if the function still runs. This limit is fixed.",
    source: `${GATEWAY_LIMITS} (integration timeout of HTTP APIs)`,
    look: longerThan(30, 'set at most 29 seconds, or endpoint: { kind: "function-url" }', "http"),
  }),
  functionRule("rest-api-timeout", ["aws"], {
    severity: "warning",
    why: "A REST API answers 504 after 29 seconds unless the quota of the account is raised. AWS raises it for Regional and private APIs only.",
    source: `${GATEWAY_LIMITS} (integration timeout of REST APIs)`,
    look: longerThan(29, "set at most 29 seconds, or ask AWS to raise the quota", "rest"),
  }),
  functionRule("azure-http-timeout", ["azure"], {
    why: "The load balancer of Azure stops an HTTP request after 230 seconds without a response, on every plan.",
    source: "learn.microsoft.com/azure/azure-functions/functions-scale#timeout",
    look: longerThan(230, "set at most 230 seconds"),
  }),
  functionRule("public-in-production", "all", {
    why: "The endpoint is public and the configuration does not choose that. You pay for every call.",
    source: "tricast: prod requires a choice",
    look: ({ target, endpoint }, { stage }) =>
      endpoint?.auth === "none" &&
      !endpoint.authChosen &&
      isProduction(stage) &&
      violation(
        "endpoint.auth",
        "not set, which means public",
        `choose ${authsOf(target, endpoint)}; or "none" if all clients may call`,
      ),
  }),
  functionRule("endpoint-kind-aws-only", ["azure", "gcp"], {
    why: "Only AWS has REST APIs and function URLs. A function of Azure or Google has its own URL.",
    source: "tricast: Endpoint.kind",
    look: ({ endpoint }) =>
      endpoint !== undefined &&
      endpoint.kind !== "http" &&
      violation("endpoint.kind", JSON.stringify(endpoint.kind), "set it under targets.aws only"),
  }),
  functionRule("cors-star-with-credentials", "all", {
    why: "For a request with credentials, browsers refuse a response that allows every origin.",
    source: "developer.mozilla.org/docs/Web/HTTP/CORS/Errors/CORSNotSupportingCredentials",
    look: ({ endpoint }) =>
      endpoint?.cors?.credentials === true &&
      endpoint.cors.origins.includes("*") &&
      violation("endpoint.cors", 'credentials with the origin "*"', "name the origins"),
  }),
  functionRule("alb-body-limit", ["aws"], {
    why: "A load balancer passes bodies of at most 1 MB to a Lambda function, and accepts responses of at most 1 MB.",
    source: "docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html",
    look: ({ endpoint: { loadBalancer, maxBodyMb = 0 } = NO_ENDPOINT }) =>
      loadBalancer &&
      maxBodyMb > 1 &&
      violation("endpoint.maxBodyMb", `${maxBodyMb} MB`, "send it through API Gateway"),
  }),
  functionRule("body-limit", "all", {
    why: "The platform refuses a larger request before it reaches the predictor: Lambda accepts 6 MB, Cloud Run 32 MB, Azure Functions 210 MB.",
    source:
      "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; cloud.google.com/run/quotas; learn.microsoft.com/azure/azure-functions/functions-scale",
    look({ endpoint: { loadBalancer, maxBodyMb = 0 } = NO_ENDPOINT, target }) {
      const most = BODY_LIMITS[target];
      if (loadBalancer || maxBodyMb <= most) return undefined;
      const fix = `set at most ${most} MB; clients can put larger inputs into a bucket and send the address`;
      return violation("endpoint.maxBodyMb", `${maxBodyMb} MB`, fix);
    },
  }),
  functionRule("load-balancer-aws-only", ["azure", "gcp"], {
    why: "A load balancer changes the body limit on AWS only.",
    source: "tricast: Endpoint.loadBalancer",
    look: ({ endpoint }) =>
      endpoint?.loadBalancer === true && violation("endpoint.loadBalancer", "true", "set it under targets.aws only"),
  }),
  targetRule("endpoint-path-repeats", "aws", {
    why: "Two predictors have the same path on one gateway. AWS refuses the second deployment, or it replaces the first.",
    source: "docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html",
    look: ({ functions }) => sharedKeys(functions, pathOnGateway, "endpoint.path", "set a path for each"),
  }),
];

const NO_ENDPOINT: Pick<ResolvedEndpoint, "loadBalancer" | "maxBodyMb"> = { loadBalancer: false, maxBodyMb: undefined };

/** @param kind the kind of endpoint that has the limit. Default: every kind. */
function longerThan(most: number, fix: string, kind?: ResolvedEndpoint["kind"]) {
  return ({ endpoint, timeoutSeconds }: ResolvedFunction) =>
    endpoint !== undefined &&
    (kind ?? endpoint.kind) === endpoint.kind &&
    timeoutSeconds > most &&
    violation("timeoutSeconds", `${timeoutSeconds} seconds`, fix);
}

function authsOf(target: TargetName, { kind }: ResolvedEndpoint): string {
  if (target === "azure") return '"api-key", or an issuer and audience';
  return target === "aws" && kind === "http" ? '"iam", or an issuer and audience' : '"iam"';
}

function pathOnGateway({ endpoint }: ResolvedFunction): string | undefined {
  return endpoint === undefined || endpoint.kind === "function-url" ? undefined : `${endpoint.kind} ${endpoint.path}`;
}
