import { TricastError } from "@tricast/core";
import { type InferenceRequest, readWebBody } from "@tricast/core/adapter";
import { splitTarget } from "../split-target.ts";

/** A web request, with its headers as plain data. */
export interface WebEvent {
  readonly request: Request;
  readonly headers: Readonly<Record<string, string>>;
}

/** Converts a web request to a plain one. */
export function toRequest({ request, headers }: WebEvent): InferenceRequest {
  const { method, url, body } = request;
  return {
    method,
    ...splitTarget(url),
    headers,
    body:
      body === null
        ? undefined
        : {
            read: (limits, charge) =>
              readWebBody(request, { limits, charge, alreadyRead, abandon: (reader) => reader.cancel() }),
          },
  };
}

export function toHeaders(headers: Headers): Record<string, string> {
  // Without a prototype: a client may send a header named `constructor`.
  const plain: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) plain[name] = value;
  return plain;
}

function alreadyRead(): TricastError {
  return new TricastError(
    "internal",
    "Other code has read the request's body; pass the request to tricast first, or let the other code read request.clone()",
  );
}
