import type { CorsOptions } from "../definition.ts";
import type { RequestHead } from "../seam.ts";

const EXPOSED = "server-timing, x-tricast-instance, x-tricast-cold-start, x-request-id, retry-after";

/** CORS headers of a response (fetch.spec.whatwg.org, 3.2); empty if the origin is not allowed. */
export function corsHeaders(cors: CorsOptions, request: RequestHead): Record<string, string> {
  const { origin } = request.headers;
  const allowed = allowedOrigin(cors, origin);
  // A cache must not serve the response for one origin to another.
  const vary: Record<string, string> = cors.origins === "*" ? {} : { vary: "Origin" };
  if (allowed === undefined) return vary;
  const headers: Record<string, string> = {
    ...vary,
    "access-control-allow-origin": allowed,
    "access-control-expose-headers": EXPOSED,
  };
  if (cors.credentials === true) headers["access-control-allow-credentials"] = "true";
  return headers;
}

/** Headers of the response to a preflight. */
export function preflightHeaders(cors: CorsOptions, request: RequestHead, methods: string): Record<string, string> {
  const headers = corsHeaders(cors, request);
  if (headers["access-control-allow-origin"] === undefined) return headers;
  headers["access-control-allow-methods"] = methods;
  headers["access-control-allow-headers"] = (cors.headers ?? ["content-type", "authorization"]).join(", ");
  headers["access-control-max-age"] = String(cors.maxAgeSeconds ?? 600);
  return headers;
}

/** A `Vary` that also names `Origin`. `vary` is the predictor's own. */
export function varyByOrigin(vary: string | readonly string[] | undefined): string {
  const names = [vary ?? []].flat().join(", ");
  if (names === "") return "Origin";
  return /(^|,)\s*(\*|origin)\s*(,|$)/i.test(names) ? names : `${names}, Origin`;
}

function allowedOrigin(cors: CorsOptions, origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined;
  if (cors.origins === "*") return "*";
  return cors.origins.includes(origin) ? origin : undefined;
}
