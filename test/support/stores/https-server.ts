import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { sendRange } from "./byte-range.ts";
import { listen } from "./listen.ts";
import type { TestServer } from "./test-server.ts";

/** Self-signed, for localhost and 127.0.0.1, until 2126. Secures nothing. */
export const TLS = {
  cert: readFileSync(new URL("tls/cert.pem", import.meta.url), "utf8"),
  key: readFileSync(new URL("tls/key.pem", import.meta.url), "utf8"),
};

export interface HttpsServer extends TestServer {
  readonly files: Map<string, Uint8Array>;
  readonly requests: IncomingMessage[];
  /** Answers instead of the files while it returns true. */
  handler: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
}

/** A plain file server over TLS: strong ETags, If-Match, If-None-Match, one range. */
export async function startHttpsServer(): Promise<HttpsServer> {
  const files = new Map<string, Uint8Array>();
  const requests: IncomingMessage[] = [];
  const changed = new Date().toUTCString();
  const server = createServer(TLS, (request, response) => {
    requests.push(request);
    if (result.handler?.(request, response)) return;
    const path = decodeURIComponent(new URL(request.url ?? "/", "https://localhost").pathname);
    const bytes = files.get(path);
    if (bytes === undefined) return void response.writeHead(404).end("no such file");
    const etag = `"${createHash("sha1").update(bytes).digest("hex")}"`;
    const { "if-match": wanted = etag, "if-none-match": known } = request.headers;
    if (wanted !== etag) return void response.writeHead(412).end();
    if (known === etag) return void response.writeHead(304, { etag }).end();
    sendRange(request, response, bytes, { etag, "last-modified": changed });
  });
  const { port, close } = await listen(server);
  const address = `https://localhost:${port}`;
  const result: HttpsServer = {
    uri: `${address}/store`,
    address,
    options: { ca: TLS.cert },
    env: {},
    files,
    requests,
    handler: undefined,
    close,
  };
  return result;
}
