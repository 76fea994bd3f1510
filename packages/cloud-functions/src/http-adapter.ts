import type { ServerResponse } from "node:http";
import type { WarmupOptions } from "@tricast/core";
import { type Adapter, recogniseHttpPing } from "@tricast/core/adapter";
import { nodeAdapter } from "@tricast/http/node";
import type { HttpRequest } from "./http-request.ts";
import { CLOUD_FUNCTIONS } from "./platform.ts";

export function createHttpAdapter(trust: WarmupOptions["http"]): Adapter<HttpRequest, ServerResponse, void> {
  return nodeAdapter<HttpRequest>({
    platform: CLOUD_FUNCTIONS,
    toPing: (headers) => recogniseHttpPing(headers, trust),
    toId,
    toDeadline,
    targetOf: ({ originalUrl, url }) => originalUrl ?? url,
  });
}

/** The id that the framework gives or would give a request, so that its log lines and ours agree. */
function toId({ executionId, headers }: HttpRequest): string {
  return executionId ?? ((headers["function-execution-id"] as string | undefined) || randomId());
}

/** 12 letters and digits, as the framework makes them. */
function randomId(): string {
  return Date.now().toString(36).slice(-6) + Math.random().toString(36).slice(2, 8).padEnd(6, "0");
}

/** The variable with the request timeout, which the framework reads too (functions-framework: src/options.ts). */
function toDeadline(): number | undefined {
  const seconds = Number(process.env.CLOUD_RUN_TIMEOUT_SECONDS);
  return seconds > 0 ? Date.now() + seconds * 1000 : undefined;
}
