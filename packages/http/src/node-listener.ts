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
   * The path that means `/`, such as `/models/iris`, if the framework leaves it in the URL (Fastify). Express and Connect
   * remove the mount path of a listener from the URL. Default: none.
   */
  readonly basePath?: string | undefined;
}

/** The function that `node:http`, `node:http2`, Express and Connect call. */
export type NodeListener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  next?: () => void,
) => void;

/**
 * A predictor as a request listener for a server of your own. Its model starts loading at once.
 *
 * Express and Connect pass `next`: then a path that is not exactly a route of the predictor goes to the next handler.
 * Without `next`, an unknown path is a 404, and a route may have any path before it.
 *
 * A body is read late, within `limits.bodyBytes`. If a parser such as `express.json()` has read it, `request.rawBody` is
 * used, else `request.body`. If both are missing, the response is a 500, and the log has the reason.
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

/** Whether the path is exactly a route. Paths below other prefixes belong to other handlers of the application. */
function isRoute(target: string, basePath = ""): boolean {
  const { path } = splitTarget(target);
  if (path === basePath) return true;
  if (!path.startsWith(`${basePath}/`)) return false;
  const rest = path.slice(basePath.length);
  return rest === "/" || findRoute(rest, undefined)?.path === rest;
}
