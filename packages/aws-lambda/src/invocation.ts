import type { Invocation, RequestHead } from "@tricast/core/adapter";
import type { LambdaContext } from "./context.ts";
import { NO_HEADERS } from "./headers.ts";
import { AWS_LAMBDA } from "./platform.ts";
import { fromXRayHeader } from "./x-ray.ts";

export function toInvocation(context: LambdaContext, headers: RequestHead["headers"] = NO_HEADERS): Invocation {
  return new LambdaInvocation(context.awsRequestId, context, headers);
}

/** One invocation handles the many items of a batch, so the id also names the item. */
export function toItemInvocation(context: LambdaContext, item: string | undefined): Invocation {
  const { awsRequestId } = context;
  return new LambdaInvocation(item === undefined ? awsRequestId : `${awsRequestId}/${item}`, context, NO_HEADERS);
}

class LambdaInvocation implements Invocation {
  readonly id: string;
  readonly platform = AWS_LAMBDA.name;
  readonly deadline: number | undefined;
  readonly native: LambdaContext;
  readonly #headers: RequestHead["headers"];

  constructor(id: string, context: LambdaContext, headers: RequestHead["headers"]) {
    this.id = id;
    this.deadline = deadlineOf(context);
    this.native = context;
    this.#headers = headers;
  }

  /**
   * The client's `traceparent`, else that of X-Ray, from Lambda or from the request. Computed on access: only
   * traced requests need it, and it takes 0.5 µs.
   */
  get traceparent(): string | undefined {
    const headers = this.#headers;
    return headers.traceparent ?? fromXRayHeader(xRayHeader(this.native) ?? headers["x-amzn-trace-id"]);
  }
}

/**
 * The runtime client of Node 24 has the header in the context (aws-lambda-ric 4.0.2), older ones only in the variable,
 * which with Managed Instances is not that of one invocation. `@types/aws-lambda` does not have the member.
 */
function xRayHeader({
  xRayTraceId,
}: LambdaContext & { readonly xRayTraceId?: string | undefined }): string | undefined {
  return xRayTraceId ?? (AWS_LAMBDA.servesMany?.() ? undefined : process.env._X_AMZN_TRACE_ID);
}

/** Undefined when a test or a console harness passes no real context. */
function deadlineOf(context: LambdaContext): number | undefined {
  return typeof context.getRemainingTimeInMillis === "function"
    ? Date.now() + context.getRemainingTimeInMillis()
    : undefined;
}
