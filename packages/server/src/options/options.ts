import { graceMs, requestTimeoutMs } from "./hosting.ts";
import {
  type Context,
  constant,
  list,
  type Option,
  oneOf,
  option,
  optional,
  share,
  wholeNumber,
  words,
} from "./option.ts";
import { bodyMemory } from "./resources.ts";

const port = wholeNumber(0, 65_535);
const milliseconds = wholeNumber(1, 86_400_000);
const millisecondsOrNone = wholeNumber(0, 86_400_000);

/** Variables with which platforms set the port. The first that is set applies. */
const PORT_VARIABLES = ["SAGEMAKER_BIND_TO_PORT", "AIP_HTTP_PORT", "PORT"];

/** Every option of the server. The command line and the reference are made from this table. */
export const OPTIONS = withVariables({
  port: option(
    port,
    "The port to listen on; 0 is any free port.",
    ({ env }) => Number(PORT_VARIABLES.map((name) => env[name]).find((text) => isPort(text)) ?? 8080),
    `the first of ${PORT_VARIABLES.join(", ")} that is set; else 8080`,
  ),
  host: constant(words, "The address to listen on.", "0.0.0.0", "0.0.0.0, which the managed endpoints require"),
  grpcPort: optional(
    port,
    "The port for gRPC (`GRPCInferenceService` and health checks), without TLS; 0 is any free port. Needs the packages `@grpc/grpc-js` and `@grpc/proto-loader`.",
    "none: no gRPC",
  ),
  maxInFlight: option(
    wholeNumber(1),
    "Maximum number of predictions that run at a time. Larger than a batch, so that requests can share a batch.",
    defaultInFlight,
    "64 per CPU, but at most one per 4 MB of memory, and at least 8",
  ),
  maxQueue: option(
    wholeNumber(0),
    "Maximum number of requests that wait, with their bodies, for a place. Further requests get 429.",
    (context) => 2 * defaultInFlight(context),
    "twice the default of `maxInFlight`",
  ),
  maxConnections: option(
    wholeNumber(1),
    "Maximum number of connections, of HTTP and gRPC each, and of bodies that arrive at a time. Further connections are closed at once.",
    ({ resources }) => Math.max(LEAST_CONNECTIONS, Math.floor(resources.memoryBytes / BYTES_PER_CONNECTION)),
    "one per 256 KiB of memory, and at least 64",
  ),
  maxBodyBytes: option(
    wholeNumber(1),
    "Largest request body in bytes, before and after decompression. A predictor's own `limits.bodyBytes` also applies.",
    ({ bodyBytes, resources }) => Math.min(bodyBytes, bodyMemory(resources)),
    "the largest `limits.bodyBytes` of the predictors, at most an eighth of the memory",
  ),
  requestTimeoutMs: option(
    milliseconds,
    "The deadline of a request, from its first byte to its response. At the deadline, the response is 504 and the request's signal aborts.",
    ({ hosting, env }) => cloudRunTimeoutMs(env) ?? requestTimeoutMs(hosting),
    "the platform's own timeout: Cloud Run 300,000, Azure ML 180,000, else 60,000",
  ),
  headersTimeoutMs: constant(
    milliseconds,
    "How long a client may take to send the head of a request. A slower client gets 408.",
    10_000,
  ),
  receiveTimeoutMs: constant(
    milliseconds,
    "How long a client may take to send a whole request, with its body. A slower client gets 408. In each five seconds, 2,500 bytes of the body must arrive.",
    60_000,
  ),
  keepAliveTimeoutMs: constant(
    millisecondsOrNone,
    "How long an idle connection stays open. Set it longer than the idle timeout of the load balancer in front.",
    75_000,
    "75,000 (an AWS Application Load Balancer keeps 60,000)",
  ),
  maxHeaderBytes: constant(
    wholeNumber(1_024, 1_048_576),
    "Largest head of a request in bytes. A larger head gets 431.",
    16_384,
  ),
  graceMs: option(
    millisecondsOrNone,
    "Maximum time from SIGTERM to the exit. Requests in flight can finish within this time.",
    ({ hosting }) => graceMs(hosting),
    "one second less than the platform's own: Cloud Run 9,000, else 29,000",
  ),
  drainDelayMs: constant(
    millisecondsOrNone,
    "How long the server still accepts connections after SIGTERM, although it is not ready. On Kubernetes some still arrive, because Kubernetes stops a pod before it has updated all endpoints. Part of `graceMs`.",
    0,
  ),
  accessLog: constant(
    share,
    "The fraction of requests that get a log line. Health checks and metrics never get one.",
    0,
    "0, because platforms log requests themselves; errors are always logged",
  ),
  metrics: constant(
    oneOf(["open", "authenticated", "off"]),
    "Who may read `/metrics`: all callers, callers with credentials (`metricsKeys`, else those of callers), or no one.",
    "open",
  ),
  apiKeys: option(list, "Keys that callers send as `x-api-key` or as `authorization: Bearer`.", () => [], "none"),
  apiKeysFile: optional(words, "A file with one key per line, such as a mounted secret. Read once, at the start."),
  metricsKeys: option(
    list,
    "Keys for `/metrics`, with `metrics` set to `authenticated`.",
    () => [],
    "none: `apiKeys` or tokens",
  ),
  metricsKeysFile: optional(words, "A file with keys for `/metrics`, one per line."),
  modelControl: constant(
    oneOf(["on", "off"]),
    "Whether `POST /v2/repository/models/NAME/load` and `unload` are allowed. With `apiKeys` or tokens, they also need `adminKeys`. SageMaker's `/models` has a switch of its own, `SAGEMAKER_MULTI_MODEL`.",
    "off",
  ),
  adminKeys: option(
    list,
    "Keys for `/v2/repository`, which callers' credentials then do not open.",
    () => [],
    "none: `apiKeys` or tokens",
  ),
  adminKeysFile: optional(words, "A file with keys for `/v2/repository`, one per line."),
  jwtIssuer: optional(
    words,
    "The `iss` of the tokens that callers send as `authorization: Bearer`. Set together with `jwtAudience` and `jwksUrl`.",
  ),
  jwtAudience: optional(words, "The `aud` that tokens must have."),
  jwksUrl: optional(words, "The URL of the issuer's public keys. Needs the package `jose`."),
});

/** Adds to each option its environment variable: `maxQueue` has `TRICAST_MAX_QUEUE`. */
function withVariables<const O extends Readonly<Record<string, Option<unknown>>>>(
  options: O,
): { readonly [K in keyof O]: O[K] & { readonly variable: string } } {
  const named = Object.entries(options).map(([name, each]) => {
    return [name, { ...each, variable: `TRICAST_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}` }];
  });
  return Object.fromEntries(named);
}

type ValueOf<O> = O extends Option<infer T> ? T : never;

/** All options, each with its value. */
export type OptionValues = { readonly [K in keyof typeof OPTIONS]: ValueOf<(typeof OPTIONS)[K]> };

/** Options of the server, in code. Default for each: its environment variable, see docs/reference/server.md. */
export type ServerOptions = { readonly [K in keyof OptionValues]?: OptionValues[K] | undefined };

const IN_FLIGHT_PER_CPU = 64;
const BYTES_PER_IN_FLIGHT = 4_000_000;
const LEAST_IN_FLIGHT = 8;
/** Buffers of Node and of the kernel, and the objects of a request. */
const BYTES_PER_CONNECTION = 262_144;
const LEAST_CONNECTIONS = 64;

function defaultInFlight({ resources }: Context): number {
  const byCpu = Math.ceil(resources.cpus * IN_FLIGHT_PER_CPU);
  return Math.max(LEAST_IN_FLIGHT, Math.min(byCpu, Math.floor(resources.memoryBytes / BYTES_PER_IN_FLIGHT)));
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

/** Cloud Run functions have their timeout in a variable. */
function cloudRunTimeoutMs(env: Context["env"]): number | undefined {
  const seconds = Number(env.CLOUD_RUN_TIMEOUT_SECONDS);
  return seconds > 0 ? Math.round(seconds * 1000) : undefined;
}
