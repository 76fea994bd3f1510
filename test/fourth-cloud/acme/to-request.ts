import { TricastError } from "@tricast/core";
import { type BodyReader, bodyTooLarge, type InferenceRequest, type ReadyBody } from "@tricast/core/adapter";
import type { AcmeEvent, AcmeUpload } from "./events.ts";

export function toRequest({ verb, path, headers, body, upload }: AcmeEvent): InferenceRequest {
  const [pathname = "/", ...query] = path.split("?");
  return {
    method: verb,
    path: pathname,
    query: query.join("?"),
    headers: toHeaders(headers),
    body: upload === undefined ? decodeBody(body) : readLater(upload),
  };
}

/** Lower-case names, repeats joined: cookies with a semicolon (RFC 9113, 8.2.3), all others with a comma. */
export function toHeaders(lines: AcmeEvent["headers"]): Record<string, string> {
  // Without a prototype: a client may send a header named `constructor`.
  const headers: Record<string, string> = Object.create(null);
  for (const [given, value] of lines) {
    const name = given.toLowerCase();
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`;
  }
  return headers;
}

function decodeBody(body: string | undefined): ReadyBody {
  if (body === undefined || body === "") return undefined;
  const bytes = Buffer.from(body, "base64");
  if (bytes.toString("base64") === body) return bytes;
  throw new TricastError("invalid-body", "The body of the event is not base64");
}

/** Nothing of the body is in memory before the core lets the request in and calls `read`. */
function readLater(upload: AcmeUpload): BodyReader {
  return {
    async read(limits) {
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of upload.read()) {
        size += chunk.byteLength;
        if (size > limits.maxBytes) throw bodyTooLarge(`more than ${limits.maxBytes}`, limits);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}
