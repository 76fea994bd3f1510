import type { ResolvedEndpoint } from "../resolved-plan.ts";

const TENANT = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** `iss` of tokens of version 2 and of version 1 (learn.microsoft.com/entra/identity-platform/access-token-claims-reference). */
const V2 = new RegExp(`^https://login\\.microsoftonline\\.com/${TENANT}/v2\\.0$`);
const V1 = new RegExp(`^https://sts\\.windows\\.net/(${TENANT})/$`);

/** Whether an issuer is the `iss` of one tenant of Microsoft Entra. */
export function isEntraTenant(issuer: string): boolean {
  return V2.test(issuer) || V1.test(issuer);
}

/**
 * The issuer URL in the settings of App Service: the endpoint of the tenant, without `/v2.0` for tokens of version 1
 * (learn.microsoft.com/azure/app-service/configure-authentication-provider-aad).
 */
export function entraEndpoint(issuer: string): string {
  return issuer.replace(V1, "https://login.microsoftonline.com/$1");
}

/** The app setting that `azureFunctions()` of @tricast/azure-functions reads when it registers a predictor. */
export const AUTH_LEVEL = "TRICAST_AUTH_LEVEL";

/**
 * Whether Azure's host asks callers of a function for a function key. It does not if all callers are allowed, or if the
 * platform checks a token before the request reaches the host.
 */
export function authLevel(endpoint: ResolvedEndpoint | undefined): "anonymous" | "function" {
  return endpoint?.auth === "none" || typeof endpoint?.auth === "object" ? "anonymous" : "function";
}
