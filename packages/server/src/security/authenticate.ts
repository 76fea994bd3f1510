import { TricastError } from "@tricast/core";
import type { ServerSettings } from "../settings.ts";
import { keyChecker, readKeysFile } from "./api-keys.ts";
import { createJwtVerifier, type JwtVerifier } from "./jwt.ts";

/**
 * Checks the credentials of a request. Returns a promise only for tokens.
 * @throws {TricastError} `unauthorized`.
 */
export type Authenticate = (headers: Readonly<Record<string, string>>) => void | Promise<void>;

/**
 * `undefined` if neither keys nor tokens are configured. All callers are then admitted.
 * @throws {TricastError} `invalid-option` for a file of keys that cannot be read.
 */
export function createAuthenticate(settings: ServerSettings): Authenticate | undefined {
  const { apiKeys, apiKeysFile } = settings;
  const keys = [...apiKeys, ...(apiKeysFile === undefined ? [] : readKeysFile(apiKeysFile))];
  const isKey = keys.length === 0 ? undefined : keyChecker(keys);
  const verify = tokenVerifier(settings);
  if (isKey === undefined && verify === undefined) return undefined;
  return (headers) => {
    const bearer = bearerOf(headers.authorization);
    const presented = headers["x-api-key"] ?? bearer;
    if (presented === undefined) throw unauthorized("Credentials are required", undefined);
    if (isKey?.(presented)) return undefined;
    if (verify === undefined || bearer === undefined) throw unauthorized("The key is not valid", "invalid_token");
    return verify(bearer).then((verdict) => {
      if (verdict !== "valid") throw unauthorized(`The token is ${verdict}`, "invalid_token");
    });
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

/** RFC 6750, 3: a request without credentials gets no error code. */
function unauthorized(message: string, error: string | undefined): TricastError {
  const challenge = error === undefined ? "Bearer" : `Bearer error="${error}"`;
  return new TricastError("unauthorized", message, { headers: { "www-authenticate": challenge } });
}
