import { optionalImport } from "@tricast/core/adapter";

export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
}

/** A shared secret is no proof of who signed: whoever verifies could have. RFC 8725, 3.1: allow only what is expected. */
const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** Why a token does not count. Everything else that goes wrong is not the caller's. */
export type Verdict = "valid" | "expired" | "invalid";

/** Codes of `jose` for tokens that are wrong, as against keys that cannot be fetched. */
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

/**
 * Verifies tokens against the issuer's published keys, which are fetched when first needed and kept.
 * The function it resolves with rejects when the keys cannot be had.
 * @throws {TricastError} `missing-dependency` without the package `jose`.
 */
export async function createJwtVerifier(options: JwtOptions): Promise<(token: string) => Promise<Verdict>> {
  const { createRemoteJWKSet, jwtVerify } = await optionalImport(
    "jose",
    "checking tokens (jwksUrl)",
    () => import("jose"),
  );
  const keys = createRemoteJWKSet(new URL(options.jwksUrl));
  const { issuer, audience } = options;
  return async (token) => {
    try {
      await jwtVerify(token, keys, { issuer, audience, algorithms: ASYMMETRIC, requiredClaims: ["exp"] });
      return "valid";
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      if (code === "ERR_JWT_EXPIRED") return "expired";
      if (INVALID.has(code)) return "invalid";
      throw error;
    }
  };
}
