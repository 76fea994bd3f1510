import { TricastError } from "@tricast/core";
import type { GuardedKind } from "../route.ts";
import type { ServerSettings } from "../settings.ts";
import { keyChecker, readKeys } from "./api-keys.ts";
import { createJwtVerifier, type JwtVerifier } from "./jwt.ts";

type Headers = Readonly<Record<string, string>>;

/**
 * Checks the credentials of a request for a kind of route. Returns a promise only for tokens.
 * @returns Identifies the caller, if the credentials of callers differ.
 * @throws {TricastError} `unauthorized`.
 */
export type Authenticate = (headers: Headers, kind: GuardedKind) => string | undefined | Promise<string | undefined>;

export interface Credentials {
  readonly authenticate: Authenticate;
  /** Whether callers have different credentials. */
  readonly areMany: boolean;
}

/** Checks the credentials of one group of routes. */
type Check = (headers: Headers) => string | undefined | Promise<string | undefined>;

/**
 * Keys and tokens of callers open the routes that infer and read. Routes of administration and metrics have keys of their
 * own; without them, the callers' credentials open these too. Without any credentials, all callers are admitted.
 * @throws {TricastError} `invalid-option` for a file of keys that cannot be read.
 */
export function readCredentials(settings: ServerSettings): Credentials {
  const { adminKeys, adminKeysFile, metricsKeys, metricsKeysFile } = settings;
  const keys = readKeys(settings.apiKeys, "apiKeysFile", settings.apiKeysFile);
  const callers = callersCheck(settings, keys);
  const admin = keysCheck("adminKeys", readKeys(adminKeys, "adminKeysFile", adminKeysFile)) ?? callers;
  const metrics = keysCheck("metricsKeys", readKeys(metricsKeys, "metricsKeysFile", metricsKeysFile)) ?? callers;
  const checks: Readonly<Record<GuardedKind, Check>> = { infer: callers, read: callers, admin, metrics };
  return {
    authenticate: (headers, kind) => checks[kind](headers),
    areMany: settings.jwksUrl !== undefined || keys.length > 1,
  };
}

function callersCheck(settings: ServerSettings, keys: readonly string[]): Check {
  const ofKey = keysCheck("apiKeys", keys);
  const verify = tokenVerifier(settings);
  if (verify === undefined) return ofKey ?? (() => undefined);
  const isKey = keyChecker(keys);
  return (headers) => {
    const bearer = bearerOf(headers.authorization);
    const presented = headers["x-api-key"] ?? bearer;
    if (presented === undefined) throw noCredentials("a token as authorization: Bearer");
    const index = isKey(presented);
    if (index !== undefined) return `key ${index}`;
    if (bearer === undefined) throw unauthorized("The key is not one of apiKeys; send a valid one", "invalid_token");
    return verify(bearer).then(({ verdict, subject }) => {
      if (verdict === "valid") return subject;
      throw unauthorized(`The token is ${verdict}; request a new one from its issuer`, "invalid_token");
    });
  };
}

/** `undefined` without keys. */
function keysCheck(option: string, keys: readonly string[]): Check | undefined {
  if (keys.length === 0) return undefined;
  const isKey = keyChecker(keys);
  return (headers) => {
    const presented = headers["x-api-key"] ?? bearerOf(headers.authorization);
    if (presented === undefined) throw noCredentials("a key as x-api-key, or as authorization: Bearer");
    const index = isKey(presented);
    if (index === undefined) throw unauthorized(`The key is not one of ${option}; send a valid one`, "invalid_token");
    return `key ${index}`;
  };
}

function tokenVerifier(settings: ServerSettings): JwtVerifier | undefined {
  const { jwtIssuer: issuer, jwtAudience: audience, jwksUrl } = settings;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return undefined;
  let verifier: Promise<JwtVerifier> | undefined;
  return async (token) => {
    verifier ??= createJwtVerifier({ issuer, audience, jwksUrl });
    return (await verifier)(token);
  };
}

/** RFC 6750, 2.1. The scheme is case-insensitive (RFC 9110, 11.1). */
function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
}

function noCredentials(what: string): TricastError {
  return unauthorized(`Credentials are required; send ${what}`, undefined);
}

/** RFC 6750, 3: a request without credentials gets no error code. */
function unauthorized(message: string, error: string | undefined): TricastError {
  const challenge = error === undefined ? "Bearer" : `Bearer error="${error}"`;
  return new TricastError("unauthorized", message, { headers: { "www-authenticate": challenge } });
}
