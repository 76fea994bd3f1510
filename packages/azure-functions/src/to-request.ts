import type { HttpRequest } from "@azure/functions";
import { TricastError } from "@tricast/core";
import { type InferenceRequest, readWebBody, type WebReader } from "@tricast/core/adapter";

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
    body:
      request.body === null
        ? undefined
        : {
            read: (limits, charge) => readWebBody(request, { limits, charge, alreadyRead, abandon: discard }),
          },
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
 * Ends with the body, or when the host gives it up after the response. To cancel the stream would close the connection that
 * the response needs.
 */
async function discard(reader: WebReader): Promise<void> {
  for (let ended = false; !ended; ) ended = (await reader.read()).done;
}

function alreadyRead(): TricastError {
  return new TricastError("internal", "A preInvocation hook has read the request's body; let it read request.clone()");
}
