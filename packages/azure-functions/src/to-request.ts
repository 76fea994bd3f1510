import type { HttpRequest } from "@azure/functions";
import { TricastError } from "@tricast/core";
import {
  type BodyLimits,
  ByteCollector,
  bodyTooLarge,
  type Charge,
  clientGone,
  type InferenceRequest,
} from "@tricast/core/adapter";

/**
 * Converts an `HttpRequest` to a plain request. The query is that of the library's URL: as sent, except that its parser
 * writes `'` as `%27` and a few other characters percent-encoded.
 */
export function toRequest(request: HttpRequest): InferenceRequest {
  const { path, query } = splitUrl(request.url);
  return {
    method: request.method.toUpperCase(),
    path,
    query,
    headers: toHeaders(request),
    body: request.body === null ? undefined : { read: (limits, charge) => readBody(request, limits, charge) },
  };
}

/** Not `new URL(...)`: the part after the host must stay unchanged. */
function splitUrl(url: string): { path: string; query: string } {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return { path: "/", query: "" };
  const mark = url.indexOf("?", start);
  if (mark === -1) return { path: url.slice(start), query: "" };
  return { path: url.slice(start, mark), query: url.slice(mark + 1) };
}

/** `Headers` already holds lower-case names. The host joins repeats with `,` before they reach the worker. */
export function toHeaders(request: HttpRequest): Record<string, string> {
  // Without a prototype: a client may send a header named `__proto__`.
  const headers: Record<string, string> = Object.create(null);
  request.headers.forEach((value, name) => {
    headers[name] = value;
  });
  return headers;
}

/**
 * A body that declares a size over the limit is refused unread. Any other is refused as soon as it is over the limit, and the
 * rest is discarded: to cancel the stream would close the connection that the response needs.
 * @throws {TricastError} `body-too-large`; `request-cancelled`; `internal` if other code has read the body; the
 * error of `charge`.
 */
async function readBody(
  { body, bodyUsed, headers }: HttpRequest,
  limits: BodyLimits,
  charge: Charge | undefined,
): Promise<Uint8Array | undefined> {
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
    try {
      if (collected.size + value.length > limits.maxBytes) throw bodyTooLarge(`more than ${limits.maxBytes}`, limits);
      charge?.(value.length);
      collected.add(value);
    } catch (error) {
      void discard(reader).catch(() => undefined);
      throw error;
    }
  }
}

/** Ends with the body, or when the host gives it up after the response. */
async function discard(reader: { read(): Promise<{ readonly done: boolean }> }): Promise<void> {
  for (let ended = false; !ended; ) ended = (await reader.read()).done;
}

function alreadyRead(): TricastError {
  return new TricastError("internal", "A preInvocation hook has read the request's body; let it read request.clone()");
}
