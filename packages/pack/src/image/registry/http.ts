import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { oneChunk } from "../blob.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
}

/** A body that can be sent again when an attempt fails. */
export interface RequestBody {
  /** Bytes. */
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

export function bodyOf(bytes: Uint8Array): RequestBody {
  return { size: bytes.length, open: () => oneChunk(bytes) };
}

const IDLE_MS = 60_000;
const MAX_TEXT_BYTES = 4 * 2 ** 20;

const agents = {
  // A short keep-alive, so that a build ends when its work does.
  "http:": new http.Agent({ keepAlive: true, timeout: 5000 }),
  "https:": new https.Agent({ keepAlive: true, timeout: 5000 }),
};

/** Sends one request. Redirects are not followed. An error means that the connection failed. */
export function send({ method, url, headers, body }: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === "https:" ? https : http;
    const size = body?.size ?? (method === "POST" ? 0 : undefined);
    const length = size === undefined ? {} : { "content-length": String(size) };
    const request = client.request(url, {
      method,
      headers: { "user-agent": "tricast", ...headers, ...length },
      agent: agents[url.protocol as keyof typeof agents],
    });
    request.setTimeout(IDLE_MS, () => request.destroy(new Error(`no data arrived for ${IDLE_MS / 1000} s`)));
    request.on("response", resolve);
    request.on("error", reject);
    if (body === undefined) request.end();
    else pipeline(Readable.from(body.open()), request).catch(reject);
  });
}

/** The whole body of a small response, at most 4 MiB. */
export async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_TEXT_BYTES) throw new Error(`the response has more than ${MAX_TEXT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
