import type { ContainerTargetName } from "../config.ts";
import { AUTH_LEVEL, isEntraTenant } from "../facts/azure-auth.ts";
import { SERVER_VARIABLES } from "../facts/server.ts";
import type { ResolvedContainer, ResolvedEndpoint, ResolvedFunction, ResolvedSite } from "../resolved-plan.ts";
import { containerRule, functionRule, type Rule, siteRule, type Violation, violation } from "./rule.ts";

type AuthKind = "none" | "iam" | "api-key" | "jwt";

/** The forms of authentication that each platform can require. The server checks keys and tokens; a managed endpoint has its own checks. */
const AUTHS: Readonly<Record<ContainerTargetName, readonly AuthKind[]>> = {
  kubernetes: ["none", "api-key", "jwt"],
  ecs: ["none", "api-key", "jwt"],
  sagemaker: ["iam"],
  vertex: ["iam"],
  azureMl: ["api-key", "iam"],
};

/**
 * Forms of `endpoint.auth` that a platform cannot enforce. All are errors, and every renderer refuses them, so that no
 * deployment is more open than the configuration asks.
 */
export const AUTHENTICATION_RULES: readonly Rule[] = [
  functionRule("http-api-key", ["aws"], {
    why: "An HTTP API has no API keys. Only REST APIs have usage plans.",
    source: "docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html",
    look: refuseAuth(({ kind, auth }) => kind === "http" && auth === "api-key", 'set kind: "rest", or auth: "iam"'),
  }),
  functionRule("rest-api-jwt", ["aws"], {
    why: "A REST API has no authorizer for tokens of any issuer. An HTTP API has one.",
    source: "docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html",
    look: refuseAuth(({ kind, auth }) => kind === "rest" && typeof auth === "object", 'set kind: "http"'),
  }),
  functionRule("function-url-auth", ["aws"], {
    why: "A function URL accepts signed requests, or all requests.",
    source: "docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    look: refuseAuth(
      (endpoint) => endpoint.kind === "function-url" && !isNoneOrIam(endpoint),
      'set "iam", or kind: "http" for tokens',
    ),
  }),
  functionRule("azure-auth-iam", ["azure"], {
    why: "Azure Functions does not check signed requests of cloud identities. Callers have keys or tokens.",
    source: "learn.microsoft.com/azure/azure-functions/function-keys-how-to",
    look: refuseAuth(({ auth }) => auth === "iam", 'set "api-key", or the issuer and audience of tokens'),
  }),
  functionRule("azure-jwt-issuer", ["azure"], {
    why: "App Service checks the issuer of tokens only for a single tenant of Microsoft Entra. It treats any other issuer as multi-tenant, and then accepts tokens of every tenant. Its provider for other OpenID Connect issuers is documented for users who sign in, not for callers that bring a token.",
    source:
      "learn.microsoft.com/azure/app-service/configure-authentication-provider-aad; learn.microsoft.com/azure/app-service/configure-authentication-provider-openid-connect",
    look({ endpoint }) {
      if (typeof endpoint?.auth !== "object" || isEntraTenant(endpoint.auth.issuer)) return undefined;
      const fix =
        'write the iss of your tenant\'s tokens, "https://login.microsoftonline.com/<tenant id>/v2.0" or "https://sts.windows.net/<tenant id>/"; or set "api-key" under targets.azure';
      return violation("endpoint.auth.issuer", JSON.stringify(endpoint.auth.issuer), fix);
    },
  }),
  functionRule("azure-auth-variable", ["azure"], {
    why: "This app setting decides who can call the app. endpoint.auth sets it.",
    source: "docs/guides/deploy-to-azure.md",
    look: ({ environment, secrets }) =>
      AUTH_LEVEL in { ...environment, ...secrets } &&
      violation(`environment.${AUTH_LEVEL}`, AUTH_LEVEL, "remove it, and set endpoint.auth"),
  }),
  functionRule("gcp-auth", ["gcp"], {
    why: "Cloud Run accepts all callers, or callers with an identity token of Google.",
    source: "cloud.google.com/run/docs/authenticating/overview",
    look: refuseAuth((endpoint) => !isNoneOrIam(endpoint), 'set "iam"'),
  }),
  containerRule("container-auth", "all", {
    why: "The server checks keys and tokens. SageMaker and Vertex AI require an identity of the cloud; Azure ML requires a key or an identity.",
    source:
      "docs/8-server.md; docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html; learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth",
    look: ({ endpoint, target }) =>
      endpoint?.authChosen === true &&
      !AUTHS[target].includes(kindOf(endpoint)) &&
      violation("endpoint.auth", kindOf(endpoint), `set ${AUTHS[target].join(" or ")} here`),
  }),
  containerRule("container-auth-incomplete", ["kubernetes", "ecs"], {
    why: "The server checks credentials against its own settings. Without these settings it accepts all callers, or does not start.",
    source: "docs/reference/server.md",
    look: incompleteAuth,
  }),
  containerRule("container-auth-variable", ["kubernetes", "ecs"], {
    why: "The server would check tokens of this issuer or audience instead of those in endpoint.auth.",
    source: "docs/reference/server.md",
    look: contradictedAuth,
  }),
  siteRule("nginx-auth", {
    why: "A site of nginx forwards every request to servers that are deployed elsewhere. No rendered file checks credentials.",
    source: "docs/8-server.md",
    look: (sites) => sites.flatMap((site) => uncheckedAuth(site) ?? []),
  }),
];

function refuseAuth(isWrong: (endpoint: ResolvedEndpoint) => boolean, fix: string) {
  return ({ endpoint }: ResolvedFunction) =>
    endpoint !== undefined && isWrong(endpoint) && violation("endpoint.auth", showAuth(endpoint), fix);
}

function isNoneOrIam({ auth }: ResolvedEndpoint): boolean {
  return auth === "none" || auth === "iam";
}

function showAuth({ auth }: ResolvedEndpoint): string {
  return typeof auth === "object" ? `tokens of ${auth.issuer}` : JSON.stringify(auth);
}

function kindOf({ auth }: ResolvedEndpoint): AuthKind {
  return typeof auth === "object" ? "jwt" : auth;
}

const { apiKeys, apiKeysFile, jwtIssuer, jwtAudience, jwksUrl } = SERVER_VARIABLES;

function incompleteAuth({ endpoint, environment, secrets }: ResolvedContainer): Violation | undefined {
  // The server treats an empty variable, or one with commas only, as not set.
  const isSet = (name: string) => name in secrets || /[^\s,]/.test(environment[name] ?? "");
  if (endpoint?.auth === "api-key" && !isSet(apiKeys) && !isSet(apiKeysFile)) {
    return violation("endpoint.auth", "api-key without keys", `add ${apiKeys} to secrets`);
  }
  if (typeof endpoint?.auth !== "object") return undefined;
  if (!isSet(jwksUrl)) {
    const fix = `add ${jwksUrl} to environment: jwks_uri in the issuer's /.well-known/openid-configuration`;
    return violation("endpoint.auth", `tokens of ${endpoint.auth.issuer} without the keys of the issuer`, fix);
  }
  const { length } = endpoint.auth.audience;
  if (length <= 1) return undefined;
  return violation("endpoint.auth.audience", `${length} audiences`, "name one: the server accepts one audience");
}

function contradictedAuth({ endpoint, environment, secrets }: ResolvedContainer): readonly Violation[] {
  if (typeof endpoint?.auth !== "object") return [];
  const { issuer, audience } = endpoint.auth;
  return Object.entries({ [jwtIssuer]: issuer, [jwtAudience]: audience.join() }).flatMap(([name, expected]) => {
    const fix = "remove it; endpoint.auth sets it";
    if (name in secrets) return violation(`secrets.${name}`, "a secret", fix);
    const value = environment[name] ?? expected;
    return value === expected ? [] : violation(`environment.${name}`, JSON.stringify(value), fix);
  });
}

function uncheckedAuth({ predictor, endpoint }: ResolvedSite): Violation | undefined {
  if (endpoint === undefined) {
    return violation(`${predictor}.endpoint`, "false", "remove nginx from the targets of this predictor");
  }
  if (endpoint.auth === "none") return undefined;
  const fix = `set endpoint.auth under the targets that enforce it, such as targets.kubernetes, and set ${apiKeys} or ${jwtIssuer} for the servers behind nginx`;
  return violation(`${predictor}.endpoint.auth`, showAuth(endpoint), fix);
}
