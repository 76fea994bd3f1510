import type { InitializationType, LogHead, PlatformTraits } from "@tricast/core/adapter";
import { LAMBDA_REPLY_BYTES } from "./limits.ts";

const MANAGED_INSTANCES = "lambda-managed-instances";

/** The member names of Lambda's own JSON log format, so that one query finds both kinds of line. */
const logHead: LogHead = (level, message, invocation) => ({
  timestamp: new Date().toISOString(),
  level: level.toUpperCase(),
  requestId: invocation?.id,
  message,
});

export const AWS_LAMBDA: PlatformTraits = {
  name: "aws-lambda",
  replyBytes: LAMBDA_REPLY_BYTES,
  logHead,
  initializationType,
  /** Managed Instances give each of their worker threads several requests at a time. */
  servesMany: () => initializationType() === MANAGED_INSTANCES,
};

/**
 * `AWS_LAMBDA_INITIALIZATION_TYPE` has four values (aws-lambda-runtime-interface-emulator:
 * internal/lambda/telemetry/events_api.go and internal/lambda-managed-instances/interop/model.go). Any other value
 * counts as `on-demand`, and so does a missing one.
 */
function initializationType(): InitializationType {
  const type = process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
  return type === "provisioned-concurrency" || type === "snap-start" || type === MANAGED_INSTANCES ? type : "on-demand";
}
