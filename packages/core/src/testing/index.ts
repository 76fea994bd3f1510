/** The contract suite for authors of adapters. Imports `node:test`: never import it in code that ships. */
export type { Difference, Differences, ReplySize } from "./differences.ts";
export type { AdapterHost, HostOptions, PingDetails, RunningHost } from "./host.ts";
export { testAdapter } from "./test-adapter.ts";
export type { WireRequest, WireResponse } from "./wire.ts";
