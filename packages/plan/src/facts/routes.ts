import type { ResolvedEndpoint } from "../resolved-plan.ts";

/** Routes below the path of a predictor: predictions, and documents to read (health, metadata, the OpenAPI document). */
export const ROUTES = [
  { method: "POST", below: "/predict" },
  { method: "GET", below: "/{proxy+}" },
] as const;

export const METHODS: readonly string[] = [...new Set(ROUTES.map(({ method }) => method))].sort();

export interface Route {
  readonly method: string;
  readonly path: string;
}

/** The routes of an endpoint on a gateway. A function URL has no routes. */
export function routesOf({ kind, path }: Pick<ResolvedEndpoint, "kind" | "path">): readonly Route[] {
  if (kind === "function-url") return [];
  return ROUTES.map(({ method, below }) => ({ method, path: `${path === "/" ? "" : path}${below}` }));
}

/** The longest time that HTTP APIs wait for a function. */
export const HTTP_API_TIMEOUT_MS = 30_000;

type Cors = NonNullable<ResolvedEndpoint["cors"]>;

/**
 * The CORS configuration of an HTTP API, for all its routes: everything that one of its predictors allows. `undefined` if
 * no predictor allows other origins.
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
 * A REST API's own response to a preflight request. Constants in API Gateway are in quotes. `Access-Control-Allow-Methods` is
 * missing, because it differs between routes. The template returns the caller's origin. The form is that of the
 * Serverless Framework (lib/plugins/aws/package/compile/events/api-gateway/lib/cors.js of osls 4).
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
