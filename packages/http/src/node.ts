/** For authors of adapters whose requests are those of `node:http`. Applications need `@tricast/http` only. */
export { Arrivals, type ArrivalsOptions, type Arriving } from "./node/arrivals.ts";
export { type NodeAdapterOptions, nodeAdapter } from "./node/node-adapter.ts";
export type { NodeRequest } from "./node/node-request.ts";
export { OpenReplies } from "./node/open-replies.ts";
export { settlesWithin } from "./node/settles-within.ts";
export type { Ending } from "./node/write-response.ts";
export { toRequestId } from "./request-id.ts";
export { splitTarget } from "./split-target.ts";
export { toTraceparent } from "./traceparent.ts";
