import type { WireRequest, WireResponse } from "@tricast/core/testing";

export type { WireRequest, WireResponse };

/**
 * A platform as seen from both of its ends: what it makes of a client's request, and what the client gets of a
 * handler's result. Faithful to the platform's losses too, so that a test sees what a client would.
 */
export interface EventSource {
  readonly name: string;
  /** The event the platform invokes the handler with. */
  build(request: WireRequest): unknown;
  /** What the client receives. Throws where the platform would refuse the handler's result. */
  read(result: unknown, event: unknown): WireResponse;
}

/** Every value a client's request has under `name`, in order. */
export function valuesOf(headers: WireRequest["headers"], name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf("?");
  return mark === -1 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
