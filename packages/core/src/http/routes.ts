export type RouteName = "predict" | "health" | "ready" | "metadata" | "openapi";

export interface Route {
  readonly name: RouteName;
  readonly path: string;
  /** Methods it takes, besides OPTIONS and, with GET, HEAD. */
  readonly methods: readonly string[];
  readonly summary: string;
}

const PREDICT: Route = {
  name: "predict",
  path: "/predict",
  methods: ["POST"],
  summary: "Predict one input, or many under `instances`",
};

/** Routes by path. The reference page and the OpenAPI document are made from this table. */
export const ROUTES: Readonly<Record<string, Route>> = {
  "/predict": PREDICT,
  "/": PREDICT,
  "/health": read("health", "/health", "Whether the process is alive"),
  "/ready": read("ready", "/ready", "Whether every model is loaded and warm"),
  "/metadata": read("metadata", "/metadata", "The predictor, its version and its models"),
  "/openapi.json": read("openapi", "/openapi.json", "The OpenAPI 3.1 document"),
};

function read(name: RouteName, path: string, summary: string): Route {
  return { name, path, methods: ["GET"], summary };
}

/** A map, not an object: paths come from the client and may be `constructor`. */
const BY_PATH: ReadonlyMap<string, Route> = new Map(Object.entries(ROUTES));

/**
 * The route of a path: the exact one, else the one that its last segment names, percent-decoded and without a slash at
 * the end. Segments before it come from the mount (an API Gateway stage, a base-path mapping, Azure's route prefix, a
 * function's name). A path equal to `basePath` is `/`.
 */
export function findRoute(path: string, basePath: string | undefined): Route | undefined {
  const exact = BY_PATH.get(path);
  if (exact !== undefined) return exact;
  if (basePath !== undefined && (path === basePath || path === `${basePath}/`)) return PREDICT;
  const segment = lastSegment(path);
  return segment === "" ? undefined : BY_PATH.get(`/${segment}`);
}

/** Empty if the path has no segments, or if the last one is not valid percent-encoding. */
function lastSegment(path: string): string {
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  const start = path.lastIndexOf("/", end - 1);
  const segment = start === -1 ? "" : path.slice(start + 1, end);
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}

/** The part of a public path before its route: `/prod/iris` of `/prod/iris/openapi.json`; empty if nothing precedes. */
export function mountOf(path: string): string {
  const end = path.endsWith("/") ? path.length - 1 : path.length;
  return path.slice(0, Math.max(path.lastIndexOf("/", end - 1), 0));
}

/** The value of `Allow` for a route. */
export function allowed(route: Route): string {
  const methods = route.methods.includes("GET") ? [...route.methods, "HEAD"] : [...route.methods];
  return [...methods, "OPTIONS"].join(", ");
}
