import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { AnyPredictor, WarmupOptions } from "@tricast/core";
import {
  type Adapter,
  bind,
  createLogger,
  createService,
  findRoute,
  messageOf,
  recogniseHttpPing,
  refuseUnknown,
} from "@tricast/core/adapter";
import { nodeAdapter } from "./node/node-adapter.ts";
import type { NodeRequest } from "./node/node-request.ts";
import { breakOff } from "./node/write-response.ts";
import { OWN_SERVER } from "./platform.ts";
import { toRequestId } from "./request-id.ts";
import { splitTarget } from "./split-target.ts";

export interface NodeListenerOptions {
  /**
   * The path that means `/`, such as `/models/iris`, where the framework leaves it in the URL (Fastify). Express and
   * Connect take the path that a listener is mounted at from the URL. Default: none.
   */
  readonly basePath?: string | undefined;
}

/** What `node:http`, `node:http2`, Express and Connect call. */
export type NodeListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  next?: () => void,
) => void;

/**
 * A predictor as a request listener for a server of your own. Begins to load its model.
 *
 * With `next`, as Express and Connect call it, paths that are not exactly a route of the predictor go on to the next
 * handler. Without it, they are a 404, and a route may have any path before it.
 *
 * A body is read late, within `limits.bodyBytes`. Where a parser such as `express.json()` has read it before, its
 * `request.rawBody` counts, else its `request.body`. Where neither is left, the answer is a 500, and the log says why.
 *
 * @throws {TricastError} `invalid-option`, naming the option, the value seen and the rule; `invalid-definition`.
 * @example
 * import { createServer } from "node:http";
 * createServer(nodeListener(predictor)).listen(8080);
 */
export function nodeListener(predictor: AnyPredictor, options: NodeListenerOptions = {}): NodeListener {
  refuseUnknown(options, ["basePath"], "nodeListener");
  const { basePath } = options;
  const service = createService(predictor, { platform: OWN_SERVER, basePath });
  const answer = bind(service, ownNodeAdapter(predictor.definition.warmup?.http));
  void service.start();
  return (request, response, next) => {
    if (next !== undefined && !isRoute(request.url ?? "/", basePath)) return next();
    const reply = response as ServerResponse;
    answer(request as NodeRequest, reply).catch((error: unknown) => {
      createLogger(OWN_SERVER).error(`A request was not answered: ${messageOf(error)}`, { error });
      breakOff(reply);
    });
  };
}

export function ownNodeAdapter(trust: WarmupOptions["http"]): Adapter<NodeRequest, ServerResponse, void> {
  return nodeAdapter({
    platform: OWN_SERVER,
    toPing: (headers) => recogniseHttpPing(headers, trust),
    toId: ({ headers }) => toRequestId(headers),
  });
}

/** Exactly: what is before a route in the URL belongs to other handlers of the application. */
function isRoute(target: string, basePath = ""): boolean {
  const { path } = splitTarget(target);
  if (path === basePath) return true;
  if (!path.startsWith(`${basePath}/`)) return false;
  const rest = path.slice(basePath.length);
  return rest === "/" || findRoute(rest, undefined)?.path === rest;
}
