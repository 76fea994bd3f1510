import type { ResolvedEndpoint } from "../resolved-plan.ts";

/** The app setting that `azureFunctions()` of @tricast/azure-functions reads when it registers a predictor. */
export const AUTH_LEVEL = "TRICAST_AUTH_LEVEL";

/**
 * Whether Azure's host asks callers of a function for a function key. It does not if all callers are allowed, or if the
 * platform checks a token before the request reaches the host.
 */
export function authLevel(endpoint: ResolvedEndpoint | undefined): "anonymous" | "function" {
  return endpoint?.auth === "none" || typeof endpoint?.auth === "object" ? "anonymous" : "function";
}
