import type { ContainerTargetName } from "../config.ts";
import { isEntraTenant } from "../facts/entra-issuer.ts";
import { AUTH_LEVEL } from "../facts/function-auth-level.ts";
import { SERVER_VARIABLES } from "../facts/server.ts";
import type { ResolvedContainer, ResolvedEndpoint, ResolvedSite } from "../resolved-plan.ts";
import { containerRule, functionRule, type Rule, siteRule, type Violation } from "./rule.ts";

type AuthKind = "none" | "iam" | "api-key" | "jwt";

/** What each platform can ask callers for: the server knows keys and tokens, a managed endpoint asks by itself. */
const AUTHS: Readonly<Record<ContainerTargetName, readonly AuthKind[]>> = {
  kubernetes: ["none", "api-key", "jwt"],
  ecs: ["none", "api-key", "jwt"],
  sagemaker: ["iam"],
  vertex: ["iam"],
  azureMl: ["api-key", "iam"],
};

/**
 * Forms of `endpoint.auth` that a platform cannot enforce. All are errors, and every renderer refuses them by itself, so
 * that nothing is deployed more open than the configuration says.
 */
export const AUTHENTICATION_RULES: readonly Rule[] = [
  functionRule({
    name: "http-api-key",
    targets: ["aws"],
    why: "An HTTP API has no API keys; only REST APIs have usage plans.",
    source: "docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html",
    look: ({ endpoint }) =>
      endpoint?.kind === "http" && endpoint.auth === "api-key"
        ? { field: "endpoint.auth", seen: '"api-key" on an HTTP API', fix: 'choose kind: "rest", or auth: "iam"' }
        : undefined,
  }),
  functionRule({
    name: "rest-api-jwt",
    targets: ["aws"],
    why: "A REST API has no authorizer for the tokens of any issuer; HTTP APIs have.",
    source: "docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html",
    look: ({ endpoint }) =>
      endpoint?.kind === "rest" && typeof endpoint.auth === "object"
        ? { field: "endpoint.auth", seen: "tokens of an issuer on a REST API", fix: 'choose kind: "http"' }
        : undefined,
  }),
  functionRule({
    name: "function-url-auth",
    targets: ["aws"],
    why: "A function URL knows signed requests, or everybody.",
    source: "docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    look: ({ endpoint }) =>
      endpoint?.kind === "function-url" && endpoint.auth !== "none" && endpoint.auth !== "iam"
        ? { field: "endpoint.auth", seen: showAuth(endpoint), fix: 'choose "iam", or kind: "http" for tokens' }
        : undefined,
  }),
  functionRule({
    name: "azure-auth-iam",
    targets: ["azure"],
    why: "Azure Functions have no signed requests of the cloud's own identities; callers have keys or tokens.",
    source: "learn.microsoft.com/azure/azure-functions/function-keys-how-to",
    look: ({ endpoint }) =>
      endpoint?.auth === "iam"
        ? { field: "endpoint.auth", seen: '"iam"', fix: 'choose "api-key", or the issuer and audience of tokens' }
        : undefined,
  }),
  functionRule({
    name: "azure-jwt-issuer",
    targets: ["azure"],
    why: "App Service checks the issuer of tokens only for a single tenant of Microsoft Entra. It treats any other issuer as multi-tenant, and then accepts tokens of every tenant. Its provider for other OpenID Connect issuers is documented for users who sign in, not for callers that bring a token.",
    source:
      "learn.microsoft.com/azure/app-service/configure-authentication-provider-aad; learn.microsoft.com/azure/app-service/configure-authentication-provider-openid-connect",
    look: ({ endpoint }) =>
      endpoint === undefined || typeof endpoint.auth !== "object" || isEntraTenant(endpoint.auth.issuer)
        ? undefined
        : {
            field: "endpoint.auth.issuer",
            seen: JSON.stringify(endpoint.auth.issuer),
            fix: 'write iss as it is in the tokens of your tenant, "https://login.microsoftonline.com/<tenant id>/v2.0" or "https://sts.windows.net/<tenant id>/"; or choose "api-key" under targets.azure',
          },
  }),
  functionRule({
    name: "azure-auth-variable",
    targets: ["azure"],
    why: "This app setting decides who can call the app, and endpoint.auth decides that already.",
    source: "docs/guides/deploy-to-azure.md",
    look: ({ environment, secrets }) =>
      [...Object.keys(environment), ...Object.keys(secrets)]
        .filter((name) => name === AUTH_LEVEL)
        .map((name) => ({ field: `environment.${name}`, seen: name, fix: "remove it, and set endpoint.auth" })),
  }),
  functionRule({
    name: "gcp-auth",
    targets: ["gcp"],
    why: "Cloud Run lets everybody in, or callers with an identity token of Google.",
    source: "cloud.google.com/run/docs/authenticating/overview",
    look: ({ endpoint }) =>
      endpoint === undefined || endpoint.auth === "none" || endpoint.auth === "iam"
        ? undefined
        : { field: "endpoint.auth", seen: showAuth(endpoint), fix: 'choose "iam"' },
  }),
  containerRule({
    name: "container-auth",
    why: "The server knows keys and tokens; SageMaker and Vertex AI let nobody in without an identity of the cloud, and Azure ML nobody without a key or an identity.",
    source:
      "docs/8-server.md; docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html; learn.microsoft.com/azure/machine-learning/concept-endpoints-online-auth",
    look: ({ endpoint, target }) =>
      endpoint?.authChosen !== true || AUTHS[target].includes(kindOf(endpoint))
        ? undefined
        : { field: "endpoint.auth", seen: kindOf(endpoint), fix: `choose ${AUTHS[target].join(" or ")} here` },
  }),
  containerRule({
    name: "container-auth-incomplete",
    targets: ["kubernetes", "ecs"],
    why: "The server asks for credentials itself, and has to be told which ones count; without that it lets everybody in, or does not start.",
    source: "docs/reference/server.md",
    look: incompleteAuth,
  }),
  containerRule({
    name: "container-auth-variable",
    targets: ["kubernetes", "ecs"],
    why: "The server would check tokens of this issuer or audience, not those of endpoint.auth.",
    source: "docs/reference/server.md",
    look: contradictedAuth,
  }),
  siteRule({
    name: "nginx-auth",
    why: "A site of nginx passes every request on, and the servers behind it are not deployed from here, so nothing that is rendered asks callers for credentials.",
    source: "docs/8-server.md",
    look: (sites) => sites.flatMap((site) => passedOn(site) ?? []),
  }),
];

function showAuth({ auth }: ResolvedEndpoint): string {
  return typeof auth === "object" ? `tokens of ${auth.issuer}` : JSON.stringify(auth);
}

function kindOf({ auth }: ResolvedEndpoint): AuthKind {
  return typeof auth === "object" ? "jwt" : auth;
}

const { apiKeys, apiKeysFile, jwtIssuer, jwtAudience, jwksUrl } = SERVER_VARIABLES;

function incompleteAuth({ endpoint, environment, secrets }: ResolvedContainer): Violation | undefined {
  // The server reads an empty variable, or one of commas only, as if it were not set.
  const isGiven = (name: string) => name in secrets || /[^\s,]/.test(environment[name] ?? "");
  if (endpoint?.auth === "api-key" && !isGiven(apiKeys) && !isGiven(apiKeysFile)) {
    return { field: "endpoint.auth", seen: "api-key without keys", fix: `add ${apiKeys} to secrets` };
  }
  if (typeof endpoint?.auth !== "object") return undefined;
  if (!isGiven(jwksUrl)) {
    const fix = `add ${jwksUrl} to environment: jwks_uri in the issuer's /.well-known/openid-configuration`;
    return { field: "endpoint.auth", seen: `tokens of ${endpoint.auth.issuer} without its keys`, fix };
  }
  const { length } = endpoint.auth.audience;
  return length > 1
    ? { field: "endpoint.auth.audience", seen: `${length} audiences`, fix: "name one: the server takes tokens for one" }
    : undefined;
}

function contradictedAuth({ endpoint, environment, secrets }: ResolvedContainer): readonly Violation[] {
  if (typeof endpoint?.auth !== "object") return [];
  const { issuer, audience } = endpoint.auth;
  const asked = { [jwtIssuer]: issuer, [jwtAudience]: audience.join() };
  return Object.entries(asked)
    .filter(([name, value]) => name in secrets || (environment[name] ?? value) !== value)
    .map(([name]) => ({
      field: name in secrets ? `secrets.${name}` : `environment.${name}`,
      seen: name in secrets ? "a secret" : JSON.stringify(environment[name]),
      fix: "remove it; endpoint.auth sets it",
    }));
}

function passedOn({ predictor, endpoint }: ResolvedSite): Violation | undefined {
  if (endpoint === undefined) {
    const fix = "leave nginx out of the targets of this predictor";
    return { field: `${predictor}.endpoint`, seen: "false", fix };
  }
  if (endpoint.auth === "none") return undefined;
  return {
    field: `${predictor}.endpoint.auth`,
    seen: showAuth(endpoint),
    fix: `set endpoint.auth under the targets that enforce it, such as targets.kubernetes, and give the servers behind nginx ${apiKeys} or ${jwtIssuer}`,
  };
}
