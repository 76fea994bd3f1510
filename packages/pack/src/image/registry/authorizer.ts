import { registryDenied, registryUnavailable } from "../../errors.ts";
import { parseJson } from "../../files/parse-json.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials } from "./docker-config.ts";
import { bodyOf, readBody, send } from "./http.ts";
import { isLoopback } from "./reference.ts";

/** `repository:NAME:pull` or `repository:NAME:pull,push`. */
export function scopeOf(repository: string, access: "pull" | "push"): string {
  return `repository:${repository}:${access === "push" ? "pull,push" : "pull"}`;
}

interface Token {
  readonly value: string;
  /** On the clock of {@link performance.now}. */
  readonly expiresAt: number;
}

/** The lifetime of a token that names none (distribution/distribution, token authentication). */
const DEFAULT_LIFETIME_S = 60;

/** Answers the challenges of a registry, and keeps its tokens. */
export function createAuthorizer(
  registry: string,
  credentials: () => Promise<Credentials | undefined>,
  insecure: boolean,
) {
  let challenge: Challenge | undefined;
  const tokens = new Map<string, Promise<Token>>();
  const refused = new Set<string>();
  let known: Promise<Credentials | undefined> | undefined;
  const ask = (): Promise<Credentials | undefined> => (known ??= credentials());

  function renew(key: string, asked: Challenge, scopes: readonly string[]): Promise<Token> {
    const fresh = ask().then((found) => requestToken(registry, asked, scopes, found, insecure));
    tokens.set(key, fresh);
    fresh.catch(() => tokens.delete(key));
    return fresh;
  }

  /** Requests that wait for a token share one: two tokens of the same age would expire one after the other. */
  async function tokenFor(asked: Challenge, scopes: readonly string[]): Promise<string> {
    const key = scopes.join(" ");
    const held = tokens.get(key);
    const token = await held;
    if (token !== undefined && token.expiresAt > performance.now() && !refused.has(token.value)) return token.value;
    const current = tokens.get(key);
    const fresh = current !== undefined && current !== held ? current : renew(key, asked, scopes);
    return (await fresh).value;
  }

  return {
    /** The header for requests of these scopes; `undefined` before the first challenge. */
    async header(scopes: readonly string[]): Promise<string | undefined> {
      if (challenge === undefined) return undefined;
      if (challenge.scheme === "basic") return basicHeader(await ask(), registry);
      return `Bearer ${await tokenFor(challenge, scopes)}`;
    },
    /** Reads the challenge of a 401 that answers the header `sent`. @returns whether another attempt can succeed. */
    challenged(header: string | undefined, sent: string | undefined): boolean {
      const offered = parseChallenges(header);
      challenge = offered.find(({ scheme }) => scheme === "bearer") ?? offered.find(({ scheme }) => scheme === "basic");
      if (sent?.startsWith("Bearer ")) refused.add(sent.slice("Bearer ".length));
      // An expired token is replaced; the same password would be refused again.
      return challenge !== undefined && (sent === undefined || challenge.scheme === "bearer");
    },
  };
}

function basicHeader(credentials: Credentials | undefined, registry: string): string {
  if (credentials === undefined || !("username" in credentials))
    throw registryDenied(
      `${registry} requires a user name and a password, which the Docker configuration does not have; run "docker login ${registry}"`,
    );
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
}

async function requestToken(
  registry: string,
  { parameters }: Challenge,
  scopes: readonly string[],
  credentials: Credentials | undefined,
  insecure: boolean,
): Promise<Token> {
  const realm = realmOf(registry, parameters.realm, insecure);
  const response = await askForToken(realm, parameters.service, scopes, credentials);
  const body = await readBody(response);
  const status = response.statusCode as number;
  if (status === 401 || status === 403 || status === 400) {
    const who = credentials === undefined ? "without credentials" : "with the credentials of the Docker configuration";
    throw registryDenied(
      `${registry} refuses a token for ${scopes.join(" ")} ${who} (${status}); check the rights of the account, or run "docker login ${registry}"`,
    );
  }
  // The client treats it as a failed connection, and tries again.
  if (status !== 200) throw new Error(`${realm.host} answered ${status} to the request for a token`);
  return parseToken(registry, body);
}

function realmOf(registry: string, realm: string | undefined, insecure: boolean): URL {
  if (realm === undefined || !URL.canParse(realm))
    throw registryUnavailable(`${registry} requires a token and does not name the token service`);
  const url = new URL(realm);
  if (url.protocol === "https:" || (url.protocol === "http:" && (insecure || isLoopback(url)))) return url;
  throw registryDenied(
    `${registry} asks for the credentials at ${url.origin}, which has no TLS; use a registry whose token service has TLS`,
  );
}

/** A refresh token is posted (RFC 6749, 6, as in distribution/distribution's "OAuth 2 token" page). */
function askForToken(realm: URL, service: string | undefined, scopes: readonly string[], credentials?: Credentials) {
  if (credentials !== undefined && "identityToken" in credentials) {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: "tricast",
      scope: scopes.join(" "),
      refresh_token: credentials.identityToken,
      ...(service === undefined ? {} : { service }),
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return send({ method: "POST", url: realm, headers, body: bodyOf(Buffer.from(form.toString())) });
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const headers: Record<string, string> =
    credentials === undefined ? {} : { authorization: basicHeader(credentials, realm.host) };
  return send({ method: "GET", url, headers });
}

function parseToken(registry: string, body: Buffer): Token {
  const answer = (parseJson(body.toString("utf8")) ?? {}) as Readonly<Record<string, unknown>>;
  const value = answer.token ?? answer.access_token;
  if (typeof value !== "string" || value === "" || /[\r\n]/.test(value))
    throw registryUnavailable(`the token service of ${registry} answered without a token`);
  const lifetime = typeof answer.expires_in === "number" ? answer.expires_in : DEFAULT_LIFETIME_S;
  return { value, expiresAt: performance.now() + Math.max(lifetime - 10, 1) * 1000 };
}
