import { TricastError } from "@tricast/core";
import type { ReadyBody } from "@tricast/core/adapter";
import type { NodeRequest } from "./node-request.ts";

/** Whether a body parser, or other middleware, has begun to read the body, or has decoded it to text. */
export function wasRead({ rawBody, readableDidRead, readableEnded, readableEncoding }: NodeRequest): boolean {
  return rawBody !== undefined || readableDidRead || readableEnded || readableEncoding !== null;
}

/**
 * The inflated body of a request for which {@link wasRead} is true: its bytes if the parser kept them, else the parsed value.
 * @throws {TricastError} `internal` if both are missing.
 */
export function parsedBody({ rawBody, body, readableDidRead, readableEnded }: NodeRequest): ReadyBody {
  if (rawBody !== undefined) return rawBody;
  if (!readableEnded) throw alreadyRead("Other code has begun to read the request's body, or has called setEncoding");
  if (!readableDidRead) return undefined;
  if (body === undefined) throw alreadyRead("Other code has read the request's body and has not kept it");
  // The core refuses media types other than JSON, also if a parser has parsed them.
  return typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
}

function alreadyRead(what: string): TricastError {
  return new TricastError(
    "internal",
    `${what}; mount tricast before body parsers, or let the parser set request.body or request.rawBody`,
  );
}
