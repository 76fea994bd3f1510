import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { app, type HttpRequest } from "@azure/functions";

export interface HttpEvent {
  readonly request: HttpRequest;
  readonly reply?: ServerResponse;
}

/** A request in stream mode, with the worker's end of the connection over which the host forwarded it. */
export interface StreamEvent extends HttpEvent {
  readonly reply: ServerResponse;
}

/** Azure/azure-functions-host: ScriptConstants.cs, HttpProxyCorrelationHeader. The host replaces a client's header. */
const INVOCATION_HEADER = "x-ms-invocation-id";

const replies = new Map<string, ServerResponse>();
let isSetUp = false;

/**
 * Turns on the library's stream mode, once for each copy of the library. Without it the host does not read bodies without a
 * content-length (Azure/azure-functions-host#4926). Code that calls `app.setup` later can turn it off.
 *
 * In this mode the library does not show when a client has gone, ignores slow clients, and sends one of several cookies
 * (src/http/httpProxy.ts; azure-functions-nodejs-library#294). The connection itself, which Node publishes, does all of it.
 */
export function streamHttp(): void {
  if (isSetUp) return;
  isSetUp = true;
  app.setup({ enableHttpStream: true });
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
    const id = request.headers[INVOCATION_HEADER];
    if (typeof id !== "string") return;
    replies.set(id, response);
    response.once("close", () => replies.delete(id));
  });
}

/** The {@link StreamEvent.reply} of this invocation; `undefined` if it is not in stream mode. */
export function replyOf(invocationId: string): ServerResponse | undefined {
  return replies.get(invocationId);
}
