import type { IncomingHttpHeaders } from "node:http";

export interface ReplyHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body that follows. */
  readonly length: number;
  /** Whether the server takes another request on the same connection. */
  readonly keepsAlive: boolean;
}

/**
 * Parses the head of a reply whose body is exactly `length` bytes: a file, a part of a file, or "not modified". Returns
 * `undefined` for every other reply, which Node's own parser must read: errors, interim replies, chunked bodies, folded
 * lines, lengths that contradict each other.
 *
 * @param text up to the empty line and without it; one character for each byte.
 */
export function parsePlainHead(text: string): ReplyHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const status = Number(/^HTTP\/1\.1 (200|206|304)(?: |$)/.exec(first)?.[1]);
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const known = name.toLowerCase();
    headers[known] = Object.hasOwn(headers, known) ? `${headers[known]}, ${value}` : value;
  }
  if (Number.isNaN(status) || headers["transfer-encoding"] !== undefined) return undefined;
  // RFC 9110, 15.4.5: a 304 has no body, and its Content-Length is that of the object.
  const length = status === 304 ? "0" : headers["content-length"];
  if (length === undefined || !/^\d{1,15}$/.test(length)) return undefined;
  return { status, headers, length: Number(length), keepsAlive: !/\bclose\b/i.test(headers.connection ?? "") };
}
