import { optionalImport } from "@tricast/core/adapter";

type JwtOptions = Readonly<Record<"issuer" | "audience" | "jwksUrl", string>>;

/** Asymmetric only: with a shared secret, every verifier could also sign. RFC 8725, 3.1: allow only expected algorithms. */
const ALGORITHMS = [
  ...["RS", "PS", "ES"].flatMap((family) => [`${family}256`, `${family}384`, `${family}512`]),
  "EdDSA",
  "Ed25519",
];

/** Other failures, such as keys that cannot be fetched, are errors, because the caller did not cause them. */
export type Verdict = "valid" | "expired" | "invalid";

/** Rejects if the issuer's keys cannot be fetched. */
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

/**
 * Verifies tokens with the issuer's published keys, which are fetched when first needed and kept.
 * @throws {TricastError} `missing-dependency` without the package `jose`.
 */
export async function createJwtVerifier({ issuer, audience, jwksUrl }: JwtOptions): Promise<JwtVerifier> {
  const need = "checking tokens (jwksUrl)";
  const { createRemoteJWKSet, jwtVerify } = await optionalImport("jose", need, () => import("jose"));
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  return async (token) => {
    try {
      await jwtVerify(token, keys, { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ["exp"] });
      return "valid";
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      if (code === "ERR_JWT_EXPIRED") return "expired";
      if (INVALID.has(code)) return "invalid";
      throw error;
    }
  };
}
