import type { ResolvedEndpoint } from "../resolved-plan.ts";

/** Below the path that a predictor is mounted at: predictions, and all that is read (health, metadata, the OpenAPI document). */
export const ROUTES = [
  { method: "POST", below: "/predict" },
  { method: "GET", below: "/{proxy+}" },
] as const;

export const METHODS: readonly string[] = [...new Set(ROUTES.map(({ method }) => method))].sort();

export interface Route {
  readonly method: string;
  readonly path: string;
}

/** The routes of an endpoint behind a gateway; a function URL has none. */
export function routesOf({ kind, path }: Pick<ResolvedEndpoint, "kind" | "path">): readonly Route[] {
  if (kind === "function-url") return [];
  return ROUTES.map(({ method, below }) => ({ method, path: `${path === "/" ? "" : path}${below}` }));
}

/** HTTP APIs wait no longer, whatever the function does. */
export const HTTP_API_TIMEOUT_MS = 30_000;

type Cors = NonNullable<ResolvedEndpoint["cors"]>;

/**
 * One answer to other origins for all routes of an HTTP API: what any of its predictors allows. `undefined` where none
 * allows any.
 */
export function sharedCors(endpoints: readonly (ResolvedEndpoint | undefined)[]): Cors | undefined {
  const all = endpoints.flatMap((endpoint) => (endpoint?.kind === "http" ? (endpoint.cors ?? []) : []));
  if (all.length === 0) return undefined;
  return {
    origins: [...new Set(all.flatMap(({ origins }) => origins))],
    headers: [...new Set(all.flatMap(({ headers }) => headers))],
    credentials: all.some(({ credentials }) => credentials),
    maxAgeSeconds: Math.min(...all.map(({ maxAgeSeconds }) => maxAgeSeconds)),
  };
}

/**
 * A REST API's own answer to a preflight request: headers with values in quotes, as API Gateway takes constants, without
 * `Access-Control-Allow-Methods`, which is the route's; and the template that answers with the caller's origin. As the
 * Serverless Framework writes it (lib/plugins/aws/package/compile/events/api-gateway/lib/cors.js of osls 4).
 */
export function preflightOf({ origins, headers, credentials, maxAgeSeconds }: Cors) {
  const isOrigin = (origin: string) => `$origin.matches("${origin.replaceAll(".", "[.]").replace("*", ".+")}")`;
  return {
    headers: {
      "Access-Control-Allow-Origin": `'${origins[0]}'`,
      "Access-Control-Allow-Headers": `'${headers.join(",")}'`,
      ...(credentials ? { "Access-Control-Allow-Credentials": "'true'" } : {}),
      ...(maxAgeSeconds > 0 ? { "Access-Control-Max-Age": `'${maxAgeSeconds}'` } : {}),
    },
    template: [
      '#set($origin = $input.params("Origin"))',
      '#if($origin == "") #set($origin = $input.params("origin")) #end',
      `#if(${origins.map(isOrigin).join(" || ")}) #set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end`,
    ].join("\n"),
  };
}
