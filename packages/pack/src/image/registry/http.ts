import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
}

/** A body that can be sent again when a try fails. */
export interface RequestBody {
  /** Bytes. */
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

const IDLE_MS = 60_000;
const MAX_TEXT_BYTES = 4 * 2 ** 20;

const agents = {
  // A short keep-alive, so that a build ends when its work does.
  "http:": new http.Agent({ keepAlive: true, timeout: 5000 }),
  "https:": new https.Agent({ keepAlive: true, timeout: 5000 }),
};

/** One request, one response, no redirect followed. An error is one of the connection. */
export function send({ method, url, headers, body }: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const client = url.protocol === "https:" ? https : http;
    const length = body === undefined ? (method === "POST" ? { "content-length": "0" } : {}) : lengthOf(body);
    const request = client.request(url, {
      method,
      headers: { "user-agent": "tricast", ...headers, ...length },
      agent: agents[url.protocol as keyof typeof agents],
    });
    request.setTimeout(IDLE_MS, () => request.destroy(new Error(`nothing was heard for ${IDLE_MS / 1000} s`)));
    request.on("response", resolve);
    request.on("error", reject);
    if (body === undefined) request.end();
    else pipeline(Readable.from(body.open()), request).catch(reject);
  });
}

function lengthOf({ size }: RequestBody): Record<string, string> {
  return { "content-length": String(size) };
}

/** The whole body of a small response. */
export async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_TEXT_BYTES) throw new Error(`the answer is over ${MAX_TEXT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
