import { routesOf } from "../../../facts/routes.ts";
import type { ResolvedEndpoint } from "../../../resolved-plan.ts";

/** One entry of `events:` in `serverless.yml`. */
export type RouteEvent = { readonly httpApi: string } | { readonly http: string };

/** The routes of an endpoint as events of the Serverless Framework. */
export function endpointEvents(endpoint: Pick<ResolvedEndpoint, "kind" | "path">): readonly RouteEvent[] {
  const routes = routesOf(endpoint).map(({ method, path }) => `${method} ${path}`);
  return routes.map((route) => (endpoint.kind === "http" ? { httpApi: route } : { http: route }));
}
