import type { ResolvedEndpoint } from "../../../resolved-plan.ts";

/** One entry of `events:` in `serverless.yml`. */
export type RouteEvent = { readonly httpApi: string } | { readonly http: string };

/**
 * The routes of an endpoint as the Serverless Framework writes them: predictions, and whatever is read (health, metadata,
 * the OpenAPI document). A function URL has no routes.
 */
export function endpointEvents({ kind, path }: Pick<ResolvedEndpoint, "kind" | "path">): readonly RouteEvent[] {
  const base = path === "/" ? "" : path;
  const routes = [`POST ${base}/predict`, `GET ${base}/{proxy+}`];
  if (kind === "function-url") return [];
  return routes.map((route) => (kind === "http" ? { httpApi: route } : { http: route }));
}
