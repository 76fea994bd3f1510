import { TricastError } from "@tricast/core";
import { createLogger, messageOf, optionalImport } from "@tricast/core/adapter";
import { SERVER } from "../platform.ts";

type JwtOptions = Readonly<Record<"issuer" | "audience" | "jwksUrl", string>>;

/** Asymmetric only: with a shared secret, every verifier could also sign. RFC 8725, 3.1: allow only expected algorithms. */
const ALGORITHMS = [
  ...["RS", "PS", "ES"].flatMap((family) => [`${family}256`, `${family}384`, `${family}512`]),
  "EdDSA",
  "Ed25519",
];

export interface Verdict {
  readonly verdict: "valid" | "expired" | "invalid";
  /** The `sub` of a valid token, which identifies the caller. */
  readonly subject?: string | undefined;
}

/** Rejects with `issuer-unavailable` if the issuer's keys cannot be fetched: the caller did not cause that. */
export type JwtVerifier = (token: string) => Promise<Verdict>;

/** Codes of `jose` for invalid tokens. Its other codes are about keys that cannot be fetched. */
const INVALID = new Set([
  "ERR_JWT_CLAIM_VALIDATION_FAILED",
  "ERR_JWT_INVALID",
  "ERR_JWS_INVALID",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
  "ERR_JOSE_ALG_NOT_ALLOWED",
  "ERR_JOSE_NOT_SUPPORTED",
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JWKS_MULTIPLE_MATCHING_KEYS",
]);

/** After a failure, the issuer is not asked again for this time. */
const PAUSE_MS = 5_000;

/**
 * Verifies tokens with the issuer's published keys, which are fetched when first needed and kept.
 * @throws {TricastError} `missing-dependency` without the package `jose`.
 */
export async function createJwtVerifier({ issuer, audience, jwksUrl }: JwtOptions): Promise<JwtVerifier> {
  const need = "checking tokens (jwksUrl)";
  const { createRemoteJWKSet, jwtVerify } = await optionalImport("jose", need, () => import("jose"));
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  let failure: { readonly error: TricastError; readonly until: number } | undefined;
  return async (token) => {
    if (failure !== undefined && Date.now() < failure.until) throw failure.error;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["exp"],
      });
      failure = undefined;
      return { verdict: "valid", subject: payload.sub };
    } catch (cause) {
      const code = (cause as { code?: string }).code ?? "";
      if (code === "ERR_JWT_EXPIRED") return { verdict: "expired" };
      if (INVALID.has(code)) return { verdict: "invalid" };
      // The requests that waited for the same fetch fail with it.
      if (failure === undefined || Date.now() >= failure.until) {
        const error = unavailable(jwksUrl, cause);
        createLogger(SERVER).error(error.message, { error });
        failure = { error, until: Date.now() + PAUSE_MS };
      }
      throw failure.error;
    }
  };
}

function unavailable(jwksUrl: string, cause: unknown): TricastError {
  return new TricastError(
    "issuer-unavailable",
    `The keys of the issuer cannot be fetched from ${jwksUrl} (jwksUrl): ${messageOf(cause)}`,
    { cause, retryAfterSeconds: PAUSE_MS / 1000 },
  );
}
