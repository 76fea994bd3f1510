import type { Endpoint, TargetsConfig } from "../config.ts";
import { CORS_DEFAULTS, ENDPOINT_DEFAULTS } from "../facts/defaults.ts";
import type { ResolvedEndpoint } from "../resolved-plan.ts";

export function resolveEndpoint(
  given: Endpoint | false | undefined,
  target: keyof TargetsConfig,
  predictor: string,
): ResolvedEndpoint | undefined {
  if (given === false) return undefined;
  const { kind = ENDPOINT_DEFAULTS.kind, path, auth, cors, maxBodyMb, loadBalancer = false } = given ?? {};
  // Predictors share a gateway. A function URL belongs to one predictor.
  const isShared = target === "aws" && kind !== "function-url";
  return {
    kind,
    path: path ?? (isShared ? `/${predictor}` : "/"),
    auth: auth ?? ENDPOINT_DEFAULTS.auth,
    authChosen: auth !== undefined,
    cors: cors && { ...CORS_DEFAULTS, ...cors },
    maxBodyMb,
    loadBalancer,
  };
}
