export { type FetchHandler, type FetchHandlerOptions, fetchHandler } from "./fetch-handler.ts";
export { type NodeListener, type NodeListenerOptions, nodeListener } from "./node-listener.ts";
