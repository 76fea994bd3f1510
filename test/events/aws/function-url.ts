import type { EventSource, WireRequest } from "../event-source.ts";
import { buildV2Event, readV2Result } from "./http-api.ts";

/** A function URL sends format 2.0 too, from a domain of its own and always in stage `$default`. */
export function buildFunctionUrlEvent(request: WireRequest): Record<string, unknown> {
  const event = buildV2Event(request, { decodesPath: false });
  const domainName = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws";
  const requestContext = event.requestContext as Record<string, unknown>;
  return {
    ...event,
    requestContext: { ...requestContext, accountId: "anonymous", apiId: domainName.split(".")[0], domainName },
  };
}

export const functionUrl: EventSource = { name: "function URL", build: buildFunctionUrlEvent, read: readV2Result };
