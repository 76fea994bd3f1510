import type { Invocation } from "@tricast/core/adapter";
import type { LambdaContext } from "./context.ts";
import { AWS_LAMBDA } from "./platform.ts";

/** `traceparent` is the caller's own W3C header; X-Ray's header is another format and is not passed off as one. */
export function toInvocation(context: LambdaContext, traceparent?: string): Invocation {
  return {
    id: context.awsRequestId,
    platform: AWS_LAMBDA.name,
    deadline: deadlineOf(context),
    traceparent,
    native: context,
  };
}

/** Undefined when a test or a console harness passes no real context. */
function deadlineOf(context: LambdaContext): number | undefined {
  return typeof context.getRemainingTimeInMillis === "function"
    ? Date.now() + context.getRemainingTimeInMillis()
    : undefined;
}
