import type { Agent, ClientRequest } from "node:http";
import type { RequestOptions } from "node:https";
import { isTricastError } from "@tricast/core";
import { permanent } from "../../retry.ts";
import type { StoreOptions } from "../../store-options.ts";
import { unavailable } from "../errors.ts";
import { DirectClient } from "./direct.ts";
import type { GetRequest, HttpClient, HttpReply, HttpRequest } from "./http-types.ts";

export const TIMEOUT_MS = 30_000;
/** More connections than one download uses, so that small requests do not wait for it. */
const SOCKETS = 32;

/**
 * Uses node:https, because the first use of `fetch` costs 23 ms, and {@link DirectClient} for downloads. Connections are
 * kept open, but do not keep the process running. Node's modules are imported when they are needed: TLS alone takes 20 ms.
 */
export function createHttpClient({ timeoutMs = TIMEOUT_MS, ca }: StoreOptions = {}): HttpClient {
  const settings = agentSettings({ ca });
  const agents = new Map<string, Agent>();
  const send = async (request: HttpRequest): Promise<HttpReply> => {
    const { protocol } = request.url;
    const node = protocol === "http:" ? await import("node:http") : await import("node:https");
    const agent = agents.get(protocol) ?? new node.Agent(settings);
    agents.set(protocol, agent);
    return exchange(node.request, agent, request, timeoutMs);
  };
  const direct = new DirectClient({ timeoutMs, ca });
  const get = async (request: GetRequest): Promise<HttpReply> => {
    try {
      return await direct.get(request);
    } catch (cause) {
      throw failed(`GET ${request.url.origin}${request.url.pathname}`, cause, request.signal);
    }
  };
  return { send, get: "proxyEnv" in settings ? (request) => send({ ...request, method: "GET" }) : get };
}

/** Options of an agent of node:http or node:https. */
export function agentSettings({ ca }: Pick<StoreOptions, "ca">) {
  const proxyEnv = usesEnvProxy() ? process.env : undefined;
  return { keepAlive: true, maxSockets: SOCKETS, ...(proxyEnv && { proxyEnv }), ...(ca && { ca }) };
}

/**
 * Whether Node uses HTTPS_PROXY and NO_PROXY, by any of its three settings. They count for its own agents only; others
 * need `proxyEnv` (nodejs.org/api/http.html).
 */
export function usesEnvProxy(
  { NODE_USE_ENV_PROXY, NODE_OPTIONS = "" }: NodeJS.ProcessEnv = process.env,
  execArgv: readonly string[] = process.execArgv,
): boolean {
  const flags = [...NODE_OPTIONS.split(/\s+/), ...execArgv].filter((flag) => /^--(?:no-)?use-env-proxy$/.test(flag));
  // A flag counts more than the variable, and the last flag most.
  return flags.length > 0 ? flags.at(-1) === "--use-env-proxy" : NODE_USE_ENV_PROXY === "1";
}

type Open = (url: URL, options: RequestOptions) => ClientRequest;

function exchange(
  open: Open,
  agent: Agent,
  { method, url, headers, body, signal, onSent }: HttpRequest,
  timeoutMs: number,
): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const what = `${method} ${url.origin}${url.pathname}`;
    const request = open(url, { method, headers: { ...headers }, agent, ...(signal && { signal }) });
    request.setTimeout(timeoutMs, () => request.destroy(new Error(`no data for ${timeoutMs} ms`)));
    request.on("error", (cause) => reject(failed(what, cause, signal)));
    request.on("response", (reply) => {
      resolve({ status: reply.statusCode as number, headers: reply.headers, body: reply });
    });
    if (onSent !== undefined) request.once("socket", (socket) => whenSent(socket, url.protocol === "https:", onSent));
    if (body === undefined || body instanceof Uint8Array) return void request.end(body);
    body.on("error", (error) => request.destroy(error));
    body.pipe(request);
  });
}

function failed(what: string, cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return isTricastError(cause) ? cause : networkError(what, cause);
}

/** The request is sent in the same turn of the event loop in which the handshake ends. */
function whenSent(socket: NodeJS.EventEmitter & { connecting: boolean }, tls: boolean, onSent: () => void): void {
  const next = () => setImmediate(onSent);
  if (socket.connecting) socket.once(tls ? "secureConnect" : "connect", next);
  else next();
}

/** Errors of a certificate that is not trusted: nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY))/;

export function networkError(what: string, cause: unknown): Error {
  const { code = "", message = String(cause) } = cause as NodeJS.ErrnoException;
  const error = (fix: string) => unavailable(what, `no reply (${message || code}); ${fix}`, cause);
  if (CERTIFICATE.test(code)) return permanent(error("set NODE_EXTRA_CA_CERTS if you trust its authority"));
  return error(`check the network and the ${code === "ENOTFOUND" ? "host's name" : "endpoint"}`);
}
