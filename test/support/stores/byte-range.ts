import type { IncomingMessage, ServerResponse } from "node:http";

/** Sends `bytes`, or the one range of them that was asked for: RFC 9110, 14.2. */
export function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  headers: Record<string, string>,
): void {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (first === undefined) {
    response.writeHead(200, { ...headers, "content-length": bytes.length, "accept-ranges": "bytes" });
    return void response.end(request.method === "HEAD" ? undefined : bytes);
  }
  const start = Number(first);
  const end = Math.min(last === "" ? bytes.length : Number(last) + 1, bytes.length);
  if (start >= bytes.length) {
    response.writeHead(416, { "content-range": `bytes */${bytes.length}`, "content-length": 0 });
    return void response.end();
  }
  const range = { "content-range": `bytes ${start}-${end - 1}/${bytes.length}`, "content-length": end - start };
  response.writeHead(206, { ...headers, ...range });
  response.end(request.method === "HEAD" ? undefined : bytes.subarray(start, end));
}
