import type { TricastError } from "@tricast/core";
import type { InferenceResponse, Invocation, Outcome, ReceivedRequest, WholeResponse } from "@tricast/core/adapter";
import type { ModelHost } from "./model-host.ts";
import type { ServerSettings } from "./settings.ts";

/** One contract that clients speak: a set of routes with an error shape. */
export interface Protocol {
  /** Called once, when the server is made. A platform's own variables are in `settings.env`. */
  routes(settings: ServerSettings): readonly Route[];
  /** Paths that are this protocol's, with all paths below them. Unknown routes there answer in the protocol's error form. */
  roots(settings: ServerSettings): readonly string[];
}

/**
 * How a request is treated before its route is called.
 * - `infer`: authenticated, then admitted: it counts as in flight, and may wait or be refused with 429.
 * - `read`, `admin`: authenticated. Where the route reads a body, admitted too: the body counts as in flight.
 * - `health`: answered at once, before anything else: never authenticated, never queued, and without its body.
 */
export type RouteKind = "infer" | "read" | "admin" | "health";

export interface Route {
  /** Upper case. A route with GET answers HEAD too. */
  readonly method: string;
  /**
   * `/v2/models/:model/infer`: a segment that begins with a colon matches any one segment that is not empty and is
   * percent-decoded into `params`; what follows a second colon is text that the segment ends with
   * (`/v1/models/:model:predict`). Static segments are preferred.
   */
  readonly path: string;
  readonly kind: RouteKind;
  /** The label of this route in metrics and in the access log: `predict`, `v2-infer`. */
  readonly operation: string;
  /**
   * Whether the body is read: after authentication and admission, and never for `health` or OPTIONS. A body that is not
   * read takes no memory either. Default: true for `infer`, false for the other kinds.
   */
  readonly readsBody?: boolean;
  /** What it throws or rejects with is given to `problem`. */
  handle(call: RouteCall): Promise<InferenceResponse> | InferenceResponse;
  /**
   * Errors in the protocol's own shape. `retry-after` and the error's own headers are added. Default: a problem document.
   * The call's request has no body. The error is logged already.
   */
  problem?(error: TricastError, call: RouteCall): WholeResponse;
}

/** The outcome of an answer that is not recorded: of a warmup ping, or a health check below a prefix. */
export const UNRECORDED: Outcome = { operation: "none" };

export interface RouteCall {
  /** The body's content encodings are undone. No body where the route does not read it. */
  readonly request: ReceivedRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly invocation: Invocation;
  readonly host: ModelHost;
  readonly settings: ServerSettings;
}
