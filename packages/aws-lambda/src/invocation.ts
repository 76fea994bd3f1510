import type { Invocation, RequestHead } from "@tricast/core/adapter";
import type { LambdaContext } from "./context.ts";
import { NO_HEADERS } from "./headers.ts";
import { AWS_LAMBDA } from "./platform.ts";
import { fromXRayHeader } from "./x-ray.ts";

/** Its trace context is the client's `traceparent`, else that of X-Ray, from Lambda or from the request. */
export function toInvocation(context: LambdaContext, headers: RequestHead["headers"] = NO_HEADERS): Invocation {
  return {
    id: context.awsRequestId,
    platform: AWS_LAMBDA.name,
    deadline: deadlineOf(context),
    traceparent: headers.traceparent ?? fromXRayHeader(xRayHeader(context) ?? headers["x-amzn-trace-id"]),
    native: context,
  };
}

/**
 * The runtime client of Node 24 has the header in the context (aws-lambda-ric 4.0.2), older ones only in the variable,
 * which with Managed Instances is not that of one invocation. `@types/aws-lambda` does not have the member.
 */
function xRayHeader({
  xRayTraceId,
}: LambdaContext & { readonly xRayTraceId?: string | undefined }): string | undefined {
  const header = xRayTraceId ?? process.env._X_AMZN_TRACE_ID;
  return header !== xRayTraceId && AWS_LAMBDA.servesMany?.() ? undefined : header;
}

/** Undefined when a test or a console harness passes no real context. */
function deadlineOf(context: LambdaContext): number | undefined {
  return typeof context.getRemainingTimeInMillis === "function"
    ? Date.now() + context.getRemainingTimeInMillis()
    : undefined;
}
