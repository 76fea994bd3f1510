export type RouteName = "predict" | "health" | "ready" | "metadata" | "openapi";

export interface Route {
  readonly name: RouteName;
  /** Methods it takes, besides HEAD (where it takes GET) and OPTIONS. */
  readonly methods: readonly string[];
  readonly summary: string;
}

const PREDICT: Route = { name: "predict", methods: ["POST"], summary: "Predict one input, or many under `instances`" };

/** Routes by path. The reference page and the OpenAPI document are made from this table. */
export const ROUTES: Readonly<Record<string, Route>> = {
  "/predict": PREDICT,
  "/": PREDICT,
  "/health": { name: "health", methods: ["GET"], summary: "Whether the process is alive" },
  "/ready": { name: "ready", methods: ["GET"], summary: "Whether every model is loaded and warm" },
  "/metadata": { name: "metadata", methods: ["GET"], summary: "The predictor, its version and its models" },
  "/openapi.json": { name: "openapi", methods: ["GET"], summary: "The OpenAPI 3.1 document" },
};

/** Paths are the client's, so no object: `constructor` would name a route of its prototype. */
const BY_PATH: ReadonlyMap<string, Route> = new Map(Object.entries(ROUTES));

/**
 * The route of a path: the exact one, else the one its last segment names. What stands before that belongs to whoever
 * mounted us (an API Gateway stage, a base-path mapping, Azure's route prefix, a function's name).
 * A path equal to `basePath` is `/`.
 */
export function findRoute(path: string, basePath: string | undefined): Route | undefined {
  const exact = BY_PATH.get(path);
  if (exact !== undefined) return exact;
  if (basePath !== undefined && (path === basePath || path === `${basePath}/`)) return PREDICT;
  const last = path.lastIndexOf("/");
  return last <= 0 || last === path.length - 1 ? undefined : BY_PATH.get(path.slice(last));
}

/** The value of `Allow` for a route. */
export function allowed(route: Route): string {
  const methods = route.methods.includes("GET") ? [...route.methods, "HEAD"] : [...route.methods];
  return [...methods, "OPTIONS"].join(", ");
}
