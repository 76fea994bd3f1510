import { TricastError } from "@tricast/core";
import type { Route } from "../../route.ts";
import { plainRoute } from "../plain-answers.ts";

/** Paths of a model: without a version for the version that is served by default, and with a version. */
export const VERSIONED = ["/v2/models/:model", "/v2/models/:model/versions/:version"] as const;

const getAndPost = (path: string) => [`GET ${path}`, `POST ${path}`];

/**
 * Routes of Triton's clients that this server does not implement, by feature (triton-inference-server/server,
 * docs/protocol). These clients read `error` in every failure, and fail with an unrelated error without it.
 */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  "model configurations": VERSIONED.map((model) => `GET ${model}/config`),
  generation: VERSIONED.flatMap((model) => [`POST ${model}/generate`, `POST ${model}/generate_stream`]),
  "trace settings": ["/v2/trace/setting", "/v2/models/:model/trace/setting"].flatMap(getAndPost),
  "log settings": getAndPost("/v2/logging"),
  "shared memory": ["/v2/systemsharedmemory", "/v2/cudasharedmemory"].flatMap((base) => [
    `GET ${base}/status`,
    `GET ${base}/region/:region/status`,
    `POST ${base}/unregister`,
    `POST ${base}/region/:region/register`,
    `POST ${base}/region/:region/unregister`,
  ]),
};

export const LEFT_OUT_ROUTES: readonly Route[] = Object.entries(LEFT_OUT).flatMap(([feature, routes]) =>
  routes.map((route) => {
    const [method = "", path = ""] = route.split(" ");
    return plainRoute(method, path, "read", "v2-left-out", () => refuse(feature));
  }),
);

function refuse(feature: string): never {
  throw new TricastError("not-implemented", `This server does not support ${feature}`);
}
