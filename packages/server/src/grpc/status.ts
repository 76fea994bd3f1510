import type * as Grpc from "@grpc/grpc-js";
import { ERRORS, type ErrorCode, isTricastError, messageOf, TricastError } from "@tricast/core";

/** gRPC's status codes by the HTTP status of ours (grpc/grpc, doc/statuscodes.md). */
const STATUS_OF: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  409: 6,
  413: 8,
  415: 3,
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

export interface GrpcFailure {
  readonly code: number;
  /** What the client may read. */
  readonly details: string;
  /** Ours. */
  readonly errorCode: ErrorCode;
  readonly retryAfterSeconds: number | undefined;
}

export function toGrpcFailure(error: unknown): GrpcFailure {
  const coded = isTricastError(error)
    ? error
    : new TricastError("internal", `gRPC: ${messageOf(error)}`, { cause: error });
  const { status, title, expose } = ERRORS[coded.code];
  return {
    code: STATUS_OF[status] ?? UNKNOWN,
    details: expose ? shortened(coded.message) : title,
    errorCode: coded.code,
    retryAfterSeconds: coded.retryAfterSeconds,
  };
}

/** Well-formed, because grpc-js throws where it percent-encodes half a surrogate pair. */
function shortened(text: string): string {
  return (text.length <= MOST_DETAILS ? text : `${text.slice(0, MOST_DETAILS - 1)}…`).toWellFormed();
}

/** Our code, and where trying again may help, when (grpc/proposal, A6, pushback). */
export function failureMetadata(
  grpc: typeof Grpc,
  { errorCode, retryAfterSeconds }: Pick<GrpcFailure, "errorCode" | "retryAfterSeconds">,
): Grpc.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set("tricast-code", errorCode);
  if (retryAfterSeconds !== undefined)
    metadata.set("grpc-retry-pushback-ms", String(Math.ceil(retryAfterSeconds * 1000)));
  return metadata;
}
