import type { InvocationContext } from "@azure/functions";
import { type Adapter, ERRORS, type WholeResponse } from "@tricast/core/adapter";
import type { AzureEvent } from "./event-sources.ts";
import { AZURE_FUNCTIONS } from "./platform.ts";

/** The result is the error to throw, or `undefined`. */
export const EVENT_ADAPTER: Adapter<AzureEvent, InvocationContext, Error | undefined> = {
  platform: AZURE_FUNCTIONS,
  toPing: () => undefined,
  toInvocation: ({ idInBatch: item }, context) => ({
    id: item === undefined ? context.invocationId : `${context.invocationId}/${item}`,
    platform: AZURE_FUNCTIONS.name,
    traceparent: context.traceContext?.traceParent ?? undefined,
    log: (level, line) => context[level](line),
    native: context,
  }),
  toRequest: (event) => ({ method: "POST", path: "/predict", query: "", ...event.content() }),
  toResult: toError,
  toPong: () => undefined,
};

/** Named like the error's code. Azure shows it in the app's own telemetry, and to no client. */
function toError({ status, outcome }: WholeResponse, { label }: AzureEvent): Error | undefined {
  if (outcome?.error === undefined) return undefined;
  const { code, message } = outcome.error;
  const { expose, title } = ERRORS[code];
  const error = new Error(`${label} failed with ${code} (${status}): ${expose ? message : title}`);
  error.name = code;
  return error;
}
