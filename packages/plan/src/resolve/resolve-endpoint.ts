import type { Cors, Endpoint, TargetsConfig } from "../config.ts";
import { CORS_DEFAULTS, ENDPOINT_DEFAULTS } from "../facts/defaults.ts";
import type { ResolvedEndpoint } from "../resolved-plan.ts";

export function resolveEndpoint(
  given: Endpoint | false | undefined,
  target: keyof TargetsConfig,
  predictor: string,
): ResolvedEndpoint | undefined {
  if (given === false) return undefined;
  const { kind = ENDPOINT_DEFAULTS.kind, path, auth, cors, maxBodyMb, loadBalancer = false } = given ?? {};
  // Predictors share a gateway; a function's own URL is nobody else's.
  const isShared = target === "aws" && kind !== "function-url";
  return {
    kind,
    path: path ?? (isShared ? `/${predictor}` : "/"),
    auth: auth ?? ENDPOINT_DEFAULTS.auth,
    authChosen: auth !== undefined,
    cors: resolveCors(cors),
    maxBodyMb,
    loadBalancer,
  };
}

function resolveCors(cors: Cors | undefined): Required<Cors> | undefined {
  return cors === undefined ? undefined : { ...CORS_DEFAULTS, ...cors };
}
