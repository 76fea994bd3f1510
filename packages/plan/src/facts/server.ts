/**
 * Constants of the container server, because this package does not import run-time code. A test compares them with the
 * server's own options, routes and metrics.
 */

/** The default port. */
export const SERVER_PORT = 8080;

export const SERVER_PATHS = {
  /** The process answers. */
  live: "/live",
  /** Every model is loaded and has predicted, and the server is not stopping. */
  ready: "/ready",
  metrics: "/metrics",
  /** The path of Azure ML's own server. */
  score: "/score",
} as const;

/** The time for loading a model. An instance counts as started when it is ready. */
export const STARTUP_PROBE = {
  path: SERVER_PATHS.ready,
  periodSeconds: 2,
  failureThreshold: 120,
  timeoutSeconds: 2,
} as const;
export const START_SECONDS = STARTUP_PROBE.periodSeconds * STARTUP_PROBE.failureThreshold;

/** Paths of gRPC calls: package and service. */
export const GRPC_PATHS = ["/inference.GRPCInferenceService/", "/grpc.health.v1.Health/"] as const;

/** The number of waiting requests. */
export const QUEUE_METRIC = "tricast_queue_length";

/** Default number of parallel predictions for each CPU. */
export const IN_FLIGHT_PER_CPU = 64;

/** The variables of options that depend on settings of the platform. */
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

/** The user in images of `tricast build`. */
export const IMAGE_USER = 65_532;
