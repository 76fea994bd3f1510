import { graceMs, requestTimeoutMs } from "./hosting.ts";
import {
  list,
  type Option,
  oneOf,
  optionalWholeNumber,
  optionalWords,
  type Surroundings,
  share,
  wholeNumber,
  words,
} from "./option.ts";

const DAY_MS = 86_400_000;
const ANY = Number.MAX_SAFE_INTEGER;

/** Where platforms say the port, the most particular first. */
const PORT_VARIABLES = ["SAGEMAKER_BIND_TO_PORT", "AIP_HTTP_PORT", "PORT"];

/** Every option of the server. The command line and the reference are made from this table. */
export const OPTIONS = {
  port: wholeNumber(0, 65_535, {
    variable: "TRICAST_PORT",
    description: "The port to listen on; 0 is any free one.",
    otherwise: `what ${PORT_VARIABLES.join(", ")} say, in this order; else 8080`,
    fallback: ({ env }) => Number(PORT_VARIABLES.map((name) => env[name]).find((text) => isPort(text)) ?? 8080),
  }),
  host: words({
    variable: "TRICAST_HOST",
    description: "The address to listen on.",
    otherwise: "0.0.0.0, which the managed endpoints ask for",
    fallback: () => "0.0.0.0",
  }),
  grpcPort: optionalWholeNumber(0, 65_535, {
    variable: "TRICAST_GRPC_PORT",
    description:
      "The port for gRPC (`GRPCInferenceService` and health checks), without TLS; 0 is any free one. Needs the packages `@grpc/grpc-js` and `@grpc/proto-loader`.",
    otherwise: "none: no gRPC",
  }),
  maxInFlight: wholeNumber(1, ANY, {
    variable: "TRICAST_MAX_IN_FLIGHT",
    description: "Predictions being made at one time; more than a batch, so that there is something to batch.",
    otherwise: "64 per CPU, but no more than one per 4 MB of memory, and 8 at the least",
    fallback: defaultInFlight,
  }),
  maxQueue: wholeNumber(0, ANY, {
    variable: "TRICAST_MAX_QUEUE",
    description: "Requests that may wait for that, with their bodies in memory. One more is answered 429.",
    otherwise: "twice the default of `maxInFlight`",
    fallback: (around) => 2 * defaultInFlight(around),
  }),
  maxBodyBytes: wholeNumber(1, ANY, {
    variable: "TRICAST_MAX_BODY_BYTES",
    description:
      "Largest request body in bytes, before and after decompression. A predictor's own `limits.bodyBytes` applies besides.",
    otherwise: "the largest `limits.bodyBytes` of the predictors",
    fallback: ({ bodyBytes }) => bodyBytes,
  }),
  requestTimeoutMs: wholeNumber(1, DAY_MS, {
    variable: "TRICAST_REQUEST_TIMEOUT_MS",
    description:
      "The deadline of a request, from its first byte to its answer: then it is answered 504, and its signal aborts.",
    otherwise: "when the platform gives up: Cloud Run 300,000, Azure ML 180,000, else 60,000",
    fallback: ({ hosting, env }) => cloudRunTimeoutMs(env) ?? requestTimeoutMs(hosting),
  }),
  headersTimeoutMs: wholeNumber(1, DAY_MS, {
    variable: "TRICAST_HEADERS_TIMEOUT_MS",
    description: "How long a client may take to send the head of a request; then 408.",
    otherwise: "10,000",
    fallback: () => 10_000,
  }),
  receiveTimeoutMs: wholeNumber(1, DAY_MS, {
    variable: "TRICAST_RECEIVE_TIMEOUT_MS",
    description: "How long a client may take to send a whole request, with its body; then 408.",
    otherwise: "60,000",
    fallback: () => 60_000,
  }),
  keepAliveTimeoutMs: wholeNumber(0, DAY_MS, {
    variable: "TRICAST_KEEP_ALIVE_TIMEOUT_MS",
    description: "How long an idle connection is kept; longer than the load balancer in front keeps its own.",
    otherwise: "75,000 (an AWS Application Load Balancer keeps 60,000)",
    fallback: () => 75_000,
  }),
  maxHeaderBytes: wholeNumber(1_024, 1_048_576, {
    variable: "TRICAST_MAX_HEADER_BYTES",
    description: "Largest head of a request in bytes; more is answered 431.",
    otherwise: "16,384",
    fallback: () => 16_384,
  }),
  graceMs: wholeNumber(0, DAY_MS, {
    variable: "TRICAST_GRACE_MS",
    description: "From SIGTERM to the exit at the latest; requests in flight have that long to finish.",
    otherwise: "a second less than the platform gives: Cloud Run 9,000, else 29,000",
    fallback: ({ hosting }) => graceMs(hosting),
  }),
  drainDelayMs: wholeNumber(0, DAY_MS, {
    variable: "TRICAST_DRAIN_DELAY_MS",
    description:
      "After SIGTERM, how long connections are still accepted while readiness is false already: Kubernetes takes a pod out of its endpoints while it stops it, and not before. Part of `graceMs`.",
    otherwise: "0",
    fallback: () => 0,
  }),
  accessLog: share({
    variable: "TRICAST_ACCESS_LOG",
    description: "The share of requests that get a log line of their own. Health and metrics never do.",
    otherwise: "0, as platforms log requests themselves; errors are logged either way",
    fallback: () => 0,
  }),
  metrics: oneOf(["open", "authenticated", "off"] as const, {
    variable: "TRICAST_METRICS",
    description: "Who may read `/metrics`: anybody who reaches the port, whoever has credentials, or nobody.",
    otherwise: "open",
    fallback: () => "open",
  }),
  apiKeys: list({
    variable: "TRICAST_API_KEYS",
    description: "Keys that callers send as `x-api-key` or as `authorization: Bearer`.",
    otherwise: "none",
    fallback: () => [],
  }),
  apiKeysFile: optionalWords({
    variable: "TRICAST_API_KEYS_FILE",
    description: "A file with one key a line, such as a mounted secret. Read once, at the start.",
    otherwise: "none",
  }),
  jwtIssuer: optionalWords({
    variable: "TRICAST_JWT_ISSUER",
    description:
      "The `iss` of the tokens that callers send as `authorization: Bearer`. With `jwtAudience` and `jwksUrl`.",
    otherwise: "none",
  }),
  jwtAudience: optionalWords({
    variable: "TRICAST_JWT_AUDIENCE",
    description: "The `aud` that tokens must be for.",
    otherwise: "none",
  }),
  jwksUrl: optionalWords({
    variable: "TRICAST_JWKS_URL",
    description: "Where the issuer publishes its keys. Needs the package `jose`.",
    otherwise: "none",
  }),
} satisfies Readonly<Record<string, Option<unknown>>>;

type ValueOf<O> = O extends Option<infer T> ? T : never;

/** All options, each with its value. */
export type OptionValues = { readonly [K in keyof typeof OPTIONS]: ValueOf<(typeof OPTIONS)[K]> };

/** Options of the server, in code. What is left out is read from the environment; see docs/reference/server.md. */
export type ServerOptions = { readonly [K in keyof OptionValues]?: OptionValues[K] | undefined };

const IN_FLIGHT_PER_CPU = 64;
const BYTES_PER_IN_FLIGHT = 4_000_000;
const LEAST_IN_FLIGHT = 8;

function defaultInFlight({ resources }: Surroundings): number {
  const byCpu = Math.ceil(resources.cpus * IN_FLIGHT_PER_CPU);
  return Math.max(LEAST_IN_FLIGHT, Math.min(byCpu, Math.floor(resources.memoryBytes / BYTES_PER_IN_FLIGHT)));
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

/** Cloud Run functions are told their timeout. */
function cloudRunTimeoutMs(env: Surroundings["env"]): number | undefined {
  const seconds = Number(env.CLOUD_RUN_TIMEOUT_SECONDS);
  return seconds > 0 ? Math.round(seconds * 1000) : undefined;
}
