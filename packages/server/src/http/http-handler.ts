import { TricastError } from "@tricast/core";
import {
  errorHeaders,
  findRoute,
  type InferenceRequest,
  type InferenceResponse,
  type Invocation,
  isKnownError,
  type Outcome,
  type ReceivedRequest,
  type RequestHandler,
  type RequestHead,
  reportError,
  toProblem,
  type WholeResponse,
} from "@tricast/core/adapter";
import { answerAdmitted } from "../answer-admitted.ts";
import { SERVER } from "../platform.ts";
import { plainError } from "../protocols/plain-answers.ts";
import type { Fallback } from "../protocols/predict.ts";
import { type Route, type RouteCall, UNRECORDED } from "../route.ts";
import type { Match, Router } from "../router.ts";
import type { ServerState } from "../server-state.ts";

export interface HttpHandlerParts {
  readonly state: Pick<ServerState, "host" | "settings" | "guard">;
  readonly router: Router;
  /** Answers paths that the router does not find. */
  readonly fallback: Fallback | undefined;
  /** {@link Protocol.roots} of all protocols. */
  readonly roots: readonly string[];
}

/** A request with its route, if it has one. */
interface Asked {
  readonly match: Match | undefined;
  readonly head: RequestHead;
  readonly invocation: Invocation;
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** Finds the route of a request, and applies the rules of the route's kind. */
export class HttpHandler implements RequestHandler {
  private readonly parts: HttpHandlerParts;

  constructor(parts: HttpHandlerParts) {
    this.parts = parts;
  }

  async handle(request: InferenceRequest, invocation: Invocation): Promise<InferenceResponse> {
    const asked = { match: this.match(request), head: request, invocation };
    try {
      if (asked.match === undefined) throw noRoute(request, this.parts.router);
      return await this.answer(request, asked.match, invocation);
    } catch (error) {
      return this.refuse(reportError(error, SERVER, invocation), asked);
    }
  }

  problem(error: unknown, invocation: Invocation, head?: RequestHead): WholeResponse {
    const match = head === undefined ? undefined : this.match(head);
    return this.refuse(reportError(error, SERVER, invocation), { match, head: head ?? UNKNOWN, invocation });
  }

  /** The operation of the route of a request, for logs and metrics. */
  operationOf(method: string, path: string): string {
    return this.match({ method, path })?.route.operation ?? "none";
  }

  private answer(request: InferenceRequest, match: Match, invocation: Invocation): Promise<InferenceResponse> {
    const { guard, settings } = this.parts.state;
    const { route } = match;
    const { kind } = route;
    if (kind === "health") return this.call(match, { ...request, body: undefined }, invocation);
    const reception = {
      guard: (head: RequestHead) => guard.enter(head, invocation, kind),
      readsBody: takesBody(request, route),
      limits: { maxBytes: settings.maxBodyBytes, name: "limits.bodyBytes" },
    };
    return answerAdmitted(request, invocation, reception, (received) => this.call(match, received, invocation));
  }

  private async call(match: Match, request: ReceivedRequest, invocation: Invocation): Promise<InferenceResponse> {
    const asked = { match, head: request, invocation };
    try {
      const response = await match.route.handle(this.toCall(match, invocation, request));
      const isRecorded = response.outcome !== UNRECORDED;
      return { ...response, outcome: isRecorded ? this.outcomeOf(asked, response.outcome?.error) : undefined };
    } catch (error) {
      // An error with a code is the client's fault, or a service has logged it.
      return this.refuse(isKnownError(error) ? error : reportError(error, SERVER, invocation), asked);
    }
  }

  private match({ method, path }: Pick<RequestHead, "method" | "path">): Match | undefined {
    const found = this.parts.router.find(method, path);
    if (found !== undefined) return found.route === undefined ? undefined : found;
    const { fallback } = this.parts;
    // A gateway may mount a single predictor below the path of a protocol.
    if (fallback === undefined || (this.isOfProtocol(path) && findRoute(path, undefined) === undefined))
      return undefined;
    return { route: fallback(method, path), params: NO_PARAMS };
  }

  private isOfProtocol(path: string): boolean {
    return this.parts.roots.some((root) => path === root || path.startsWith(`${root}/`));
  }

  private toCall({ params }: Match, invocation: Invocation, request: ReceivedRequest): RouteCall {
    const { host, settings } = this.parts.state;
    return { request, params, invocation, host, settings };
  }

  /** The response for an error that is already logged. */
  private refuse(error: TricastError, asked: Asked): WholeResponse {
    const problem = this.word(error, asked);
    const headers = { "x-request-id": asked.invocation.id, ...problem.headers, ...errorHeaders(error) };
    return { ...problem, headers, outcome: this.outcomeOf(asked, error) };
  }

  private word(error: TricastError, asked: Asked): WholeResponse {
    const { match, head, invocation } = asked;
    if (match === undefined) return this.isOfProtocol(head.path) ? plainError(error) : toProblem(error);
    const call = this.toCall(match, invocation, { ...head, body: undefined });
    return match.route.problem?.(error, call) ?? toProblem(error);
  }

  private outcomeOf({ match }: Asked, error: TricastError | undefined): Outcome | undefined {
    if (match === undefined) return { operation: "none", predictor: this.modelOf(undefined), error };
    const { kind, operation, path } = match.route;
    if (kind === "health") return undefined;
    return { operation, route: path || undefined, predictor: this.modelOf(match.params.model), error };
  }

  /** Only the name of a served model: clients may send any name, and each would become a label of metrics. */
  private modelOf(named: string | undefined): string | undefined {
    const { host } = this.parts.state;
    if (named !== undefined) return host.versions(named).length > 0 ? named : undefined;
    const models = host.list();
    return models.length === 1 ? models[0]?.name : undefined;
  }
}

/** The head of a request that could not be translated. */
const UNKNOWN: RequestHead = { method: "", path: "", query: "", headers: {} };

/** The only place that decides whether a body is read. */
function takesBody({ method, body }: InferenceRequest, { kind, readsBody = kind === "infer" }: Route): boolean {
  return body !== undefined && readsBody && method !== "OPTIONS";
}

function noRoute({ method, path }: RequestHead, router: Router): TricastError {
  const found = router.find(method, path);
  if (found === undefined || found.route !== undefined) {
    const what = `No route has ${method} ${path}; predictors are at /{name}/predict, their names at /v2/repository/index`;
    return new TricastError("not-found", what);
  }
  const allow = [...found.allow, ...(found.allow.includes("GET") ? ["HEAD"] : [])].join(", ");
  const what = `${path} does not accept ${method}; it accepts ${allow}`;
  return new TricastError("method-not-allowed", what, { headers: { allow } });
}
