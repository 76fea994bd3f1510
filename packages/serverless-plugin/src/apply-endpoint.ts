import type { ResolvedEndpoint } from "@tricast/plan";
import type { ResolvedAws } from "@tricast/plan/tools";
import { METHODS, sharedCors } from "@tricast/plan/tools";
import { eventOf, type Route, routeOf } from "./events.ts";
import { type EventObject, type FunctionObject, isRecord, type ServerlessService } from "./serverless-api.ts";

type Added = Readonly<Record<string, unknown>>;
type Cors = NonNullable<ResolvedEndpoint["cors"]>;

/** Adds authorizers and CORS to the events and the URL of a function. Keys in serverless.yml take precedence. */
export function applyEndpoint(target: FunctionObject, endpoint: ResolvedEndpoint, service: ServerlessService): void {
  target.events = (target.events ?? []).map((event) => withEndpoint(event, endpoint, service));
  if (target.url !== undefined && target.url !== false) target.url = urlOf(target.url, endpoint);
}

function withEndpoint(event: EventObject, endpoint: ResolvedEndpoint, service: ServerlessService): EventObject {
  const route = routeOf(event);
  if (route === undefined) return event;
  const added = { ...authorizer(route, endpoint.auth, service), ...routeCors(route, endpoint.cors) };
  return Object.keys(added).length === 0 ? event : eventOf({ ...route, rest: { ...added, ...route.rest } });
}

function authorizer({ kind }: Route, auth: ResolvedEndpoint["auth"], { service, provider }: ServerlessService): Added {
  if (auth === "none") return {};
  if (auth === "iam") return { authorizer: { type: "aws_iam" } };
  if (auth === "api-key") {
    if (kind !== "rest") return {};
    provider.apiGateway = { apiKeys: [service], ...provider.apiGateway };
    return { private: true };
  }
  return kind === "http" ? { authorizer: { name: jwtAuthorizer(provider, auth) } } : {};
}

/** The name of the authorizer of an issuer and its audience. Adds the authorizer if it does not exist. */
function jwtAuthorizer(
  provider: ServerlessService["provider"],
  { issuer, audience }: Extract<ResolvedEndpoint["auth"], object>,
): string {
  const authorizers = isRecord(provider.httpApi?.authorizers) ? provider.httpApi.authorizers : {};
  const jwt = { type: "jwt", identitySource: "$request.header.Authorization", issuerUrl: issuer, audience };
  const same = Object.entries(authorizers).find(([, other]) => JSON.stringify(other) === JSON.stringify(jwt));
  const name = same?.[0] ?? `tricastJwt${Object.keys(authorizers).length || ""}`;
  provider.httpApi = { ...provider.httpApi, authorizers: { ...authorizers, [name]: jwt } };
  return name;
}

/** A REST API sets CORS for each route; an HTTP API for all routes ({@link applySharedCors}). */
function routeCors({ kind }: Route, settings: Cors | undefined): Added {
  if (settings === undefined || kind !== "rest") return {};
  const { origins, headers, credentials, maxAgeSeconds } = settings;
  return { cors: { origins, headers, allowCredentials: credentials, maxAge: maxAgeSeconds } };
}

/** Sets CORS of the HTTP API, unless serverless.yml does. */
export function applySharedCors({ provider }: ServerlessService, { functions }: ResolvedAws): void {
  const settings = sharedCors(functions.map(({ endpoint }) => endpoint));
  if (settings !== undefined) provider.httpApi = { cors: gatewayCors(settings), ...provider.httpApi };
}

function gatewayCors({ origins, headers, credentials, maxAgeSeconds }: Cors) {
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
