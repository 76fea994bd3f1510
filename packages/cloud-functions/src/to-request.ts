import { TricastError } from "@tricast/core";
import { type BodyLimits, bodyTooLarge, type InferenceRequest } from "@tricast/core/adapter";
import type { HttpRequest } from "./http-request.ts";

/** The plain request in one of `node:http`. Its body is ready where the framework has parsed it before. */
export function toRequest(request: HttpRequest): InferenceRequest {
  const url = request.originalUrl ?? request.url ?? "/";
  const mark = url.indexOf("?");
  const headers = toHeaders(request);
  const { rawBody } = request;
  // The framework's parsers have inflated it already (body-parser: lib/read.js).
  if (rawBody !== undefined) delete headers["content-encoding"];
  return {
    method: request.method ?? "GET",
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? "" : url.slice(mark + 1),
    headers,
    body: rawBody ?? { read: (limits) => readBody(request, limits) },
  };
}

/** From the raw list: Node's own object drops repeats of some headers, such as `content-type`. */
export function toHeaders(request: HttpRequest): Record<string, string> {
  // Without a prototype: a client may send a header named `constructor`.
  const headers: Record<string, string> = Object.create(null);
  const { rawHeaders } = request;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const value = rawHeaders[index + 1] as string;
    const before = headers[name];
    // RFC 9113, 8.2.3: several cookie fields are one, joined with a semicolon.
    headers[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`;
  }
  return headers;
}

/**
 * `undefined` when the body is empty. Bytes over the limit are counted but not kept.
 * @throws {TricastError} `body-too-large`; `invalid-body` when the client stops sending midway; `internal` when something
 * else has consumed the body.
 */
async function readBody(request: HttpRequest, limits: BodyLimits): Promise<Uint8Array | undefined> {
  const { maxBytes } = limits;
  if (request.readableEnded) return alreadyRead(request);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.once("end", () => {
      if (size > maxBytes) reject(bodyTooLarge(String(size), limits));
      else resolve(size === 0 ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, size));
    });
    request.once("error", (cause) =>
      reject(new TricastError("invalid-body", "The body ended before it was complete", { cause })),
    );
  });
}

/** A body with no bytes leaves nothing to keep; any other must be in `rawBody`. */
function alreadyRead(request: HttpRequest): undefined {
  if ("rawBody" in request || !hasBody(request)) return undefined;
  throw new TricastError(
    "internal",
    "the request's body was consumed before tricast saw it and rawBody is not set; mount the handler before other body parsers",
  );
}

function hasBody({ headers }: HttpRequest): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}
