import type { IncomingMessage } from "node:http";
import { isHttp2 } from "./node-request.ts";

/** From the raw list: Node's own object drops repeats of some headers, such as `content-type`. */
export function toHeaders(incoming: IncomingMessage): Record<string, string> {
  const { rawHeaders } = incoming;
  // Without a prototype: a client may send a header named `constructor`.
  const headers: Record<string, string> = Object.create(null);
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const value = rawHeaders[index + 1] as string;
    const before = headers[name];
    // RFC 9113, 8.2.3: several cookie fields are one, joined with a semicolon.
    headers[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`;
  }
  return isHttp2(incoming) ? withoutPseudo(headers) : headers;
}

/** The headers of an HTTP/2 request as HTTP/1.1 writes them (RFC 9113, 8.3.1). */
function withoutPseudo(headers: Record<string, string>): Record<string, string> {
  const authority = headers[":authority"];
  if (authority !== undefined) headers.host ??= authority;
  for (const name in headers) if (name.startsWith(":")) delete headers[name];
  return headers;
}
