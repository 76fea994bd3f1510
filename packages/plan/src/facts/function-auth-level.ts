import type { ResolvedEndpoint } from "../resolved-plan.ts";

/** The app setting that `azureFunctions()` of @tricast/azure-functions reads when it registers a predictor. */
export const AUTH_LEVEL = "TRICAST_AUTH_LEVEL";

/**
 * What Azure's host asks callers of a function for: a function key, or nothing. Only where everybody can call, or where the
 * platform has checked a token before the request reaches the host, is it nothing.
 */
export function authLevel(endpoint: ResolvedEndpoint | undefined): "anonymous" | "function" {
  return endpoint?.auth === "none" || typeof endpoint?.auth === "object" ? "anonymous" : "function";
}
