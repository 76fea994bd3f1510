import type { TricastError } from "@tricast/core";
import type { InferenceResponse, Invocation, Outcome, ReceivedRequest, WholeResponse } from "@tricast/core/adapter";
import type { ModelHost } from "./model-host.ts";
import type { ServerSettings } from "./settings.ts";

/** One protocol of clients: a set of routes with a form of errors. */
export interface Protocol {
  /** Called once, when the server is made. A platform's own variables are in `settings.env`. */
  routes(settings: ServerSettings): readonly Route[];
  /** Paths of this protocol, including all paths below them. Unknown routes there answer with the protocol's errors. */
  roots(settings: ServerSettings): readonly string[];
}

/**
 * How the server treats a request before it calls the route.
 * - `infer`: authenticated, then admitted: it may wait for a place, or be refused with 429.
 * - `read`, `admin`, `metrics`: authenticated, each with its own keys if they are set. A body only takes memory.
 * - `health`: answered at once, before all others: never authenticated, never queued, and without its body.
 */
export type RouteKind = GuardedKind | "health";

/** Kinds of routes that are not open to everyone. */
export type GuardedKind = "infer" | "read" | "admin" | "metrics";

export interface Route {
  /** Upper case. A route with GET answers HEAD too. */
  readonly method: string;
  /**
   * `/v2/models/:model/infer`: a segment that begins with a colon matches any segment that is not empty. The segment is
   * percent-decoded into `params`. The text after a second colon is the end of the segment
   * (`/v1/models/:model:predict`). Static segments are preferred.
   */
  readonly path: string;
  readonly kind: RouteKind;
  /** The label of this route in metrics and in the access log: `predict`, `v2-infer`. */
  readonly operation: string;
  /**
   * Whether the body is read: after authentication and admission, and never for `health` or OPTIONS. A body that is not
   * read takes no memory. Default: true for `infer`, false for the other kinds.
   */
  readonly readsBody?: boolean;
  /** If it throws or rejects, `problem` makes the response. */
  handle(call: RouteCall): Promise<InferenceResponse> | InferenceResponse;
  /**
   * The response for an error in the protocol's own form. `retry-after` and the error's own headers are added. Default: a
   * problem document. The call's request has no body. The error is already logged.
   */
  problem?(error: TricastError, call: RouteCall): WholeResponse;
}

/** The outcome of a response that is not recorded: of a warmup ping, or of a health check below a prefix. */
export const UNRECORDED: Outcome = { operation: "none" };

export interface RouteCall {
  /** Without content encodings. Without a body if the route does not read it. */
  readonly request: ReceivedRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly invocation: Invocation;
  readonly host: ModelHost;
  readonly settings: ServerSettings;
}
