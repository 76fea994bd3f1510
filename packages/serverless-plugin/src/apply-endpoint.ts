import type { ResolvedEndpoint } from "@tricast/plan";
import type { ResolvedAws } from "@tricast/plan/tools";
import { METHODS, sharedCors } from "@tricast/plan/tools";
import { eventOf, type Route, routeOf } from "./events.ts";
import { type EventObject, type FunctionObject, isRecord, type ServerlessService } from "./serverless-api.ts";

/** Who may call and from where, on events that do not say it themselves. */
export function applyEndpoint(target: FunctionObject, endpoint: ResolvedEndpoint, service: ServerlessService): void {
  target.events = (target.events ?? []).map((event) => withEndpoint(event, endpoint, service));
  if (target.url !== undefined && target.url !== false) target.url = urlOf(target.url, endpoint);
}

function withEndpoint(event: EventObject, endpoint: ResolvedEndpoint, service: ServerlessService): EventObject {
  const route = routeOf(event);
  if (route === undefined) return event;
  const added = { ...authorizer(route, endpoint.auth, service), ...cors(route, endpoint.cors) };
  return Object.keys(added).length === 0 ? event : eventOf({ ...route, rest: { ...added, ...route.rest } });
}

function authorizer(
  { kind }: Route,
  auth: ResolvedEndpoint["auth"],
  { service, provider }: ServerlessService,
): Readonly<Record<string, unknown>> {
  if (auth === "none") return {};
  if (auth === "iam") return { authorizer: { type: "aws_iam" } };
  if (auth === "api-key") {
    if (kind !== "rest") return {};
    provider.apiGateway = { apiKeys: [service], ...provider.apiGateway };
    return { private: true };
  }
  if (kind !== "http") return {};
  const name = "tricastJwt";
  const authorizers = isRecord(provider.httpApi?.authorizers) ? provider.httpApi.authorizers : {};
  const jwt = {
    type: "jwt",
    identitySource: "$request.header.Authorization",
    issuerUrl: auth.issuer,
    audience: auth.audience,
  };
  // Tokens of another issuer need an authorizer of their own.
  const same = Object.entries(authorizers).find(([, other]) => JSON.stringify(other) === JSON.stringify(jwt));
  const chosen = same?.[0] ?? `${name}${Object.keys(authorizers).length || ""}`;
  provider.httpApi = { ...provider.httpApi, authorizers: { ...authorizers, [chosen]: jwt } };
  return { authorizer: { name: chosen } };
}

/** A REST API answers other origins route by route; an HTTP API for all of its routes ({@link applySharedCors}). */
function cors({ kind }: Route, settings: ResolvedEndpoint["cors"]): Readonly<Record<string, unknown>> {
  if (settings === undefined || kind !== "rest") return {};
  const { origins, headers, credentials, maxAgeSeconds } = settings;
  return { cors: { origins, headers, allowCredentials: credentials, maxAge: maxAgeSeconds } };
}

/** How the HTTP API answers other origins, where serverless.yml does not say it. */
export function applySharedCors({ provider }: ServerlessService, { functions }: ResolvedAws): void {
  const settings = sharedCors(functions.map(({ endpoint }) => endpoint));
  if (settings !== undefined) provider.httpApi = { cors: gatewayCors(settings), ...provider.httpApi };
}

function gatewayCors({ origins, headers, credentials, maxAgeSeconds }: NonNullable<ResolvedEndpoint["cors"]>) {
  return {
    allowedOrigins: origins,
    allowedHeaders: headers,
    allowedMethods: METHODS,
    allowCredentials: credentials,
    maxAge: maxAgeSeconds,
  };
}

function urlOf(url: unknown, { auth, cors }: ResolvedEndpoint): unknown {
  const added = {
    ...(auth === "iam" ? { authorizer: "aws_iam" } : {}),
    ...(cors === undefined ? {} : { cors: gatewayCors(cors) }),
  };
  if (Object.keys(added).length === 0) return url;
  return { ...added, ...(isRecord(url) ? url : {}) };
}
