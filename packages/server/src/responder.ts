import {
  createLogger,
  ERRORS,
  findRoute,
  type InferenceResponse,
  inflate,
  isTricastError,
  messageOf,
  TricastError,
  toProblem,
} from "@tricast/core";
import type { Exchange } from "./exchange.ts";
import { readBody, refuseDeclaredSize } from "./http/read-body.ts";
import { plainError } from "./protocols/plain-error.ts";
import type { Route, RouteCall } from "./route.ts";
import type { Match, Router } from "./router.ts";
import type { Authenticate } from "./security/authenticate.ts";
import type { ServerState } from "./server-state.ts";
import type { StartSpan } from "./trace/tracing.ts";

/** What answers paths that the router does not know. */
export interface Fallback {
  readonly post: Route;
  readonly other: Route;
}

export interface ResponderParts {
  readonly state: ServerState;
  readonly router: Router;
  readonly fallback: Fallback | undefined;
  /** {@link Protocol.roots} of all protocols. */
  readonly roots: readonly string[];
  readonly authenticate: Authenticate | undefined;
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** Makes the answer of a request: finds its route, and treats it as its kind asks for. Knows nothing of connections. */
export class Responder {
  /** Set when tracing was found. */
  startSpan: StartSpan | undefined;
  private readonly parts: ResponderParts;

  constructor(parts: ResponderParts) {
    this.parts = parts;
  }

  /** Never rejects: every failure is a response. */
  async respond(exchange: Exchange): Promise<InferenceResponse> {
    try {
      const match = this.match(exchange);
      exchange.match = match;
      if (match.route.kind === "health") return await match.route.handle(this.call(exchange, undefined));
      return await this.guarded(exchange, match.route);
    } catch (error) {
      return this.refuse(exchange, error);
    }
  }

  private async guarded(exchange: Exchange, route: Route): Promise<InferenceResponse> {
    if (!isPreflight(exchange)) {
      const allowed = this.parts.authenticate?.(exchange.headers);
      if (allowed !== undefined) await allowed;
    }
    if (route.kind === "infer") return this.infer(exchange, route);
    return readsBody(exchange, route) ? this.withBody(exchange, route) : route.handle(this.call(exchange, undefined));
  }

  /** Takes room before the body is read, for as long as it is in memory. */
  private async withBody(exchange: Exchange, route: Route): Promise<InferenceResponse> {
    const { admission } = this.parts.state;
    admission.enter();
    try {
      return await route.handle(this.call(exchange, await this.body(exchange)));
    } finally {
      admission.leave();
    }
  }

  /** Room before the body, a place before the prediction: see {@link Admission}. */
  private async infer(exchange: Exchange, route: Route): Promise<InferenceResponse> {
    const { admission } = this.parts.state;
    admission.enter();
    try {
      const body = readsBody(exchange, route) ? await this.body(exchange) : undefined;
      this.trace(exchange, route);
      const call = this.call(exchange, body);
      if (!admission.begin())
        await admission.wait(call.invocation.deadline ?? Number.POSITIVE_INFINITY, exchange.signal);
      try {
        return await (exchange.span === undefined ? route.handle(call) : exchange.span.run(() => route.handle(call)));
      } finally {
        admission.end();
      }
    } finally {
      admission.leave();
    }
  }

  private trace(exchange: Exchange, { path }: Route): void {
    const { method, target, headers } = exchange;
    exchange.span = this.startSpan?.({ method, route: path === "" ? "/" : path, path: target.path, headers });
  }

  private match({ method, target }: Exchange): Match {
    const found = this.parts.router.find(method, target.path);
    if (found?.route !== undefined) return found;
    const { fallback } = this.parts;
    // Below the path of a protocol, too, a gateway may have mounted the sole predictor.
    if (found === undefined && fallback !== undefined && (!this.isOfProtocol(target.path) || isKnown(target.path)))
      return { route: method === "POST" ? fallback.post : fallback.other, params: NO_PARAMS };
    if (found === undefined) throw noSuchPath(method, target.path);
    throw otherMethod(method, target.path, found.allow);
  }

  private isOfProtocol(path: string): boolean {
    return this.parts.roots.some((root) => path === root || path.startsWith(`${root}/`));
  }

  private call(exchange: Exchange, body: Uint8Array | undefined): RouteCall {
    const { host, settings } = this.parts.state;
    return {
      request: exchange.request(body),
      params: exchange.match?.params ?? NO_PARAMS,
      invocation: exchange.invocation(settings.requestTimeoutMs),
      host,
      settings,
    };
  }

  /** The body without its content encodings; the headers then tell of none. */
  private async body({ incoming, headers, reply }: Exchange): Promise<Uint8Array | undefined> {
    const { maxBodyBytes } = this.parts.state.settings;
    refuseDeclaredSize(incoming, maxBodyBytes);
    // The client has waited to be told that its body is wanted (RFC 9110, 10.1.1).
    if (headers.expect?.toLowerCase() === "100-continue") reply.writeContinue();
    const body = await readBody(incoming, maxBodyBytes);
    const encoding = headers["content-encoding"];
    if (encoding === undefined || body === undefined) return body;
    const plain = await inflate(body, encoding, maxBodyBytes);
    delete headers["content-encoding"];
    return plain;
  }

  private refuse(exchange: Exchange, error: unknown): InferenceResponse {
    const coded = this.coded(exchange, error);
    exchange.code = coded.code;
    const call = this.call(exchange, undefined);
    const problem = this.word(exchange, coded, call);
    const headers: Record<string, string | readonly string[]> = {
      "x-request-id": call.invocation.id,
      ...problem.headers,
    };
    Object.assign(headers, coded.headers);
    if (coded.retryAfterSeconds !== undefined)
      headers["retry-after"] = String(Math.max(0, Math.ceil(coded.retryAfterSeconds)));
    return { ...problem, headers };
  }

  private word({ match, target }: Exchange, error: TricastError, call: RouteCall): InferenceResponse {
    if (match === undefined && this.isOfProtocol(target.path)) return plainError(error);
    return match?.route.problem?.(error, call) ?? toProblem(error);
  }

  /** An error without a code is a fault of ours, and logged in full; those with one were meant. */
  private coded(exchange: Exchange, error: unknown): TricastError {
    if (isTricastError(error) && Object.hasOwn(ERRORS, error.code)) return error;
    const coded = new TricastError("internal", `unexpected: ${messageOf(error)}`, { cause: error });
    const invocation = exchange.invocation(this.parts.state.settings.requestTimeoutMs);
    createLogger("server", invocation).error(coded.message, { code: coded.code, error: coded });
    return coded;
  }
}

/** The one place that decides whether a body is read. RFC 9112, 6.3: a request has a body when it says so. */
function readsBody({ method, headers }: Exchange, { kind, readsBody = kind === "infer" }: Route): boolean {
  const hasBody = Number(headers["content-length"] ?? 0) > 0 || headers["transfer-encoding"] !== undefined;
  return hasBody && readsBody && method !== "OPTIONS";
}

/** Browsers send preflights with these two headers and without credentials (fetch.spec.whatwg.org, CORS-preflight fetch). */
function isPreflight({ method, headers }: Exchange): boolean {
  return method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
}

/** Whether the sole predictor has a route that ends so. */
function isKnown(path: string): boolean {
  return findRoute(path, undefined) !== undefined;
}

function noSuchPath(method: string, path: string): TricastError {
  return new TricastError(
    "not-found",
    `There is no ${method} ${path}; predictors are at /{name}/predict, their names at /v2/repository/index`,
  );
}

function otherMethod(method: string, path: string, methods: readonly string[]): TricastError {
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].join(", ");
  return new TricastError("method-not-allowed", `${path} does not take ${method}; it takes ${allow}`, {
    headers: { allow },
  });
}
