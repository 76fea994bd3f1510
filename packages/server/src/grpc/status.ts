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
    details: expose ? coded.message : title,
    errorCode: coded.code,
    retryAfterSeconds: coded.retryAfterSeconds,
  };
}
