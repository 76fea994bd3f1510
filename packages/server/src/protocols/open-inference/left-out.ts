import { TricastError } from "@tricast/core";
import type { Route } from "../../route.ts";
import { plainError } from "../plain-error.ts";

const MODELS = ["/v2/models/:model", "/v2/models/:model/versions/:version"];

/**
 * What Triton's clients can ask for beyond what is served, by what it is (triton-inference-server/server, docs/protocol).
 * They read any answer's `error`, and end in an error of their own where there is none.
 */
const LEFT_OUT: Readonly<Record<string, readonly (readonly [method: string, path: string])[]>> = {
  "model configurations": MODELS.map((model) => ["GET", `${model}/config`]),
  generation: MODELS.flatMap((model) => [
    ["POST", `${model}/generate`],
    ["POST", `${model}/generate_stream`],
  ]),
  "trace settings": ["/v2/trace/setting", "/v2/models/:model/trace/setting"].flatMap((path) => [
    ["GET", path],
    ["POST", path],
  ]),
  "log settings": [
    ["GET", "/v2/logging"],
    ["POST", "/v2/logging"],
  ],
  "shared memory": ["/v2/systemsharedmemory", "/v2/cudasharedmemory"].flatMap((base) => [
    ["GET", `${base}/status`],
    ["GET", `${base}/region/:region/status`],
    ["POST", `${base}/unregister`],
    ["POST", `${base}/region/:region/register`],
    ["POST", `${base}/region/:region/unregister`],
  ]),
};

export const LEFT_OUT_ROUTES: readonly Route[] = Object.entries(LEFT_OUT).flatMap(([what, routes]) =>
  routes.map(
    ([method, path]): Route => ({
      method,
      path,
      kind: "read",
      operation: "v2-left-out",
      handle: () => {
        throw new TricastError("not-implemented", `This server has no ${what}`);
      },
      problem: plainError,
    }),
  ),
);
