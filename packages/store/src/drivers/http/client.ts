import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { Readable } from "node:stream";
import type { StoreOptions } from "../../open-store.ts";
import { permanent } from "../../retry.ts";
import { unavailable } from "../errors.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the request has been handed to the operating system on a connection that is open. */
  readonly onSent?: (() => void) | undefined;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage;
}

export interface HttpClient {
  /** @throws {TricastError} `store-unavailable` when no reply arrives. Any status is a reply. */
  send(request: HttpRequest): Promise<HttpReply>;
}

export const TIMEOUT_MS = 30_000;
/** As many connections as one download uses, and some for small requests beside it. */
const SOCKETS = 32;

/** node:https and not `fetch`, whose first use costs 23 ms. Connections are kept and do not hold the process. */
export function createHttpClient({ timeoutMs = TIMEOUT_MS, ca }: StoreOptions = {}): HttpClient {
  // Node's own switch for HTTPS_PROXY and NO_PROXY; without it agents ignore them (nodejs.org/api/http.html, proxyEnv).
  const proxyEnv = process.env.NODE_USE_ENV_PROXY === "1" ? process.env : undefined;
  const settings = { keepAlive: true, maxSockets: SOCKETS, ...(proxyEnv && { proxyEnv }) };
  let plain: HttpAgent | undefined;
  let secure: HttpsAgent | undefined;
  return {
    send: (request) => {
      const open = request.url.protocol === "http:" ? requestHttp : requestHttps;
      if (request.url.protocol === "http:") plain ??= new HttpAgent(settings);
      else secure ??= new HttpsAgent({ ...settings, ...(ca && { ca }) });
      const agent = request.url.protocol === "http:" ? plain : secure;
      return exchange(open, agent as HttpAgent, request, timeoutMs);
    },
  };
}

function exchange(
  open: typeof requestHttps,
  agent: HttpAgent,
  { method, url, headers, body, signal, onSent }: HttpRequest,
  timeoutMs: number,
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const what = `${method} ${url.origin}${url.pathname}`;
    const request = open(url, { method, headers: { ...headers }, agent, ...(signal && { signal }) });
    const fail = (cause: unknown) => reject(signal?.aborted ? signal.reason : networkError(what, cause));
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`nothing moved for ${timeoutMs} ms`)));
    request.on("error", fail);
    request.on("response", (reply) => {
      resolve({ status: reply.statusCode as number, headers: reply.headers, body: reply });
    });
    if (onSent !== undefined) request.once("socket", (socket) => whenSent(socket, url.protocol === "https:", onSent));
    if (body === undefined || body instanceof Uint8Array) return void request.end(body);
    body.on("error", (error) => request.destroy(error));
    body.pipe(request);
  });
}

/** The request's own bytes follow the handshake within the same turn of the event loop. */
function whenSent(socket: NodeJS.EventEmitter & { connecting: boolean }, tls: boolean, onSent: () => void): void {
  const next = () => setImmediate(onSent);
  if (socket.connecting) socket.once(tls ? "secureConnect" : "connect", next);
  else next();
}

/** What Node and OpenSSL call a certificate that is not to be trusted: nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY))/;

export function networkError(what: string, cause: unknown): Error {
  const { code = "", message = String(cause) } = cause as NodeJS.ErrnoException;
  const seen = `no answer (${message || code})`;
  if (CERTIFICATE.test(code)) {
    return permanent(unavailable(what, `${seen}; name the authority in NODE_EXTRA_CA_CERTS if you trust it`, cause));
  }
  if (code === "ENOTFOUND") return unavailable(what, `${seen}; check the host's name and the network`, cause);
  return unavailable(what, `${seen}; check the network and the endpoint`, cause);
}
