import type { HttpRequest } from "@azure/functions";
import type { ReceivedRequest } from "@tricast/core/adapter";

/**
 * Converts an `HttpRequest` to a plain request. The query is that of the library's URL: as sent, except that its parser
 * writes `'` as `%27` and a few other characters percent-encoded.
 */
export async function toRequest(request: HttpRequest): Promise<ReceivedRequest> {
  const { path, query } = splitUrl(request.url);
  return {
    method: request.method.toUpperCase(),
    path,
    query,
    headers: toHeaders(request),
    body: await readBody(request),
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

async function readBody(request: HttpRequest): Promise<Uint8Array | undefined> {
  if (request.body === null) return undefined;
  const bytes = new Uint8Array(await request.arrayBuffer());
  return bytes.byteLength === 0 ? undefined : bytes;
}
