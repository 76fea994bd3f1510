import type { TricastError } from "@tricast/core";
import { ERRORS, type WholeResponse } from "@tricast/core/adapter";

/** gRPC's status codes by HTTP status (grpc/grpc, doc/statuscodes.md). */
const STATUS_OF: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  408: 4,
  409: 6,
  413: 8,
  415: 12,
  422: 3,
  429: 8,
  499: 1,
  500: 13,
  501: 12,
  503: 14,
  504: 4,
  507: 8,
};
const UNKNOWN = 2;

/** Clients accept 8 KiB of trailers (grpc/grpc, GRPC_ARG_MAX_METADATA_SIZE). */
const MOST_DETAILS = 2_000;

/** The time after which the client may try again (grpc/proposal, A6, pushback). */
export const PUSHBACK_HEADER = "grpc-retry-pushback-ms";

/** The response for a call that failed. Its headers have gRPC's status, message and metadata. */
export function toFailure({ code, message, retryAfterSeconds }: TricastError): WholeResponse {
  const { status, title, expose } = ERRORS[code];
  const headers: Record<string, string> = {
    "grpc-status": String(STATUS_OF[status] ?? UNKNOWN),
    "grpc-message": expose ? shortened(message) : title,
    "tricast-code": code,
  };
  if (retryAfterSeconds !== undefined) headers[PUSHBACK_HEADER] = String(Math.ceil(retryAfterSeconds * 1000));
  return { status, headers, body: "" };
}

/** Well-formed, because grpc-js cannot percent-encode half of a surrogate pair. */
function shortened(text: string): string {
  return (text.length <= MOST_DETAILS ? text : `${text.slice(0, MOST_DETAILS - 1)}…`).toWellFormed();
}
