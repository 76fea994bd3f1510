import { registry } from "./registry.ts";
import type { Platform } from "./seam.ts";

/**
 * How an instance came to be. The four values of Lambda's `AWS_LAMBDA_INITIALIZATION_TYPE`
 * (aws-lambda-runtime-interface-emulator: internal/lambda/telemetry/events_api.go and
 * internal/lambda-managed-instances/interop/model.go); other platforms do not tell, so they read `on-demand`.
 */
export type InitializationType = "on-demand" | "provisioned-concurrency" | "snap-start" | "lambda-managed-instances";

export function initializationType(platform: Platform): InitializationType {
  if (platform !== "aws-lambda") return "on-demand";
  const type = process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
  if (type === "provisioned-concurrency" || type === "snap-start" || type === "lambda-managed-instances") return type;
  return "on-demand";
}

/** True once: for the first invocation of an instance that was started because of it. */
export function claimColdStart(platform: Platform): boolean {
  const shared = registry();
  if (shared.invoked) return false;
  shared.invoked = true;
  return initializationType(platform) === "on-demand";
}
