import { TricastError } from "@tricast/core";
import { type BodyLimits, ByteCollector, bodyTooLarge, clientGone, type InferenceRequest } from "@tricast/core/adapter";

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
    body: body === null ? undefined : { read: (limits) => readBody(request, limits) },
  };
}

export function toHeaders(headers: Headers): Record<string, string> {
  // Without a prototype: a client may send a header named `constructor`.
  const plain: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) plain[name] = value;
  return plain;
}

/**
 * A body that declares a size over the limit is refused unread. Any other is refused as soon as it is over the limit.
 * @throws {TricastError} `body-too-large`; `request-cancelled`; `internal` if other code has read the body.
 */
async function readBody({ body, bodyUsed, headers }: Request, limits: BodyLimits): Promise<Uint8Array | undefined> {
  if (body === null) return undefined;
  if (bodyUsed || body.locked) throw alreadyRead();
  const length = headers.get("content-length");
  if (Number(length) > limits.maxBytes) throw bodyTooLarge(String(length), limits);
  const reader = body.getReader();
  const collected = new ByteCollector();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw clientGone("its body was complete", cause);
    });
    if (done) return collected.concat();
    collected.add(value);
    if (collected.size <= limits.maxBytes) continue;
    void reader.cancel().catch(() => undefined);
    throw bodyTooLarge(`more than ${limits.maxBytes}`, limits);
  }
}

function alreadyRead(): TricastError {
  return new TricastError(
    "internal",
    "Other code has read the request's body; pass the request to tricast first, or let the other code read request.clone()",
  );
}
