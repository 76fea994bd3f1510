/**
 * What renderers know of the container server. Run-time code is not imported here; a test compares each of these with
 * the server's own options, routes and metrics.
 */

/** Where it listens unless the platform says otherwise. */
export const SERVER_PORT = 8080;

export const SERVER_PATHS = {
  /** The process answers. */
  live: "/live",
  /** Every model is loaded and has predicted, and the server is not stopping. */
  ready: "/ready",
  metrics: "/metrics",
  /** What Azure ML's own server answers at. */
  score: "/score",
} as const;

/** How long a model may take to load: an instance counts as started when it is ready. */
export const STARTUP_PROBE = {
  path: SERVER_PATHS.ready,
  periodSeconds: 2,
  failureThreshold: 120,
  timeoutSeconds: 2,
} as const;
export const START_SECONDS = STARTUP_PROBE.periodSeconds * STARTUP_PROBE.failureThreshold;

/** Where gRPC calls go, as their package and service are named. */
export const GRPC_PATHS = ["/inference.GRPCInferenceService/", "/grpc.health.v1.Health/"] as const;

/** Requests that wait for a place. */
export const QUEUE_METRIC = "tricast_queue_length";

/** Predictions made at one time for each CPU, where nothing says how many. */
export const IN_FLIGHT_PER_CPU = 64;

/** Of the options' variables those that a platform's settings decide. */
export const SERVER_VARIABLES = {
  grpcPort: "TRICAST_GRPC_PORT",
  maxInFlight: "TRICAST_MAX_IN_FLIGHT",
  maxBodyBytes: "TRICAST_MAX_BODY_BYTES",
  requestTimeoutMs: "TRICAST_REQUEST_TIMEOUT_MS",
  graceMs: "TRICAST_GRACE_MS",
  drainDelayMs: "TRICAST_DRAIN_DELAY_MS",
  apiKeys: "TRICAST_API_KEYS",
  apiKeysFile: "TRICAST_API_KEYS_FILE",
  jwtIssuer: "TRICAST_JWT_ISSUER",
  jwtAudience: "TRICAST_JWT_AUDIENCE",
  jwksUrl: "TRICAST_JWKS_URL",
  metrics: "TRICAST_METRICS",
} as const;

/** The user of images that `tricast build` makes. */
export const IMAGE_USER = 65_532;
