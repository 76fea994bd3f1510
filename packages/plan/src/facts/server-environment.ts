import type { ResolvedContainer } from "../resolved-plan.ts";
import { SERVER_VARIABLES } from "./server.ts";

/** How a platform ends an instance, in seconds. */
export interface Stop {
  /** From SIGTERM to SIGKILL. */
  readonly graceSeconds: number;
  /** How long requests are still sent to it after SIGTERM. */
  readonly drainSeconds?: number;
}

/** The server ends by itself so much earlier than the platform would end it, as it does by default. */
const EXIT_SECONDS = 1;
const MS = 1000;
const MIB = 1_048_576;

/**
 * The environment of a container: what the platform's settings mean to the server, below what the user wrote.
 * Without `stop` the server knows the platform's ways by itself.
 */
export function containerEnvironment(
  container: ResolvedContainer & { readonly grpcPort?: number | undefined },
  stop?: Stop,
): Readonly<Record<string, string>> {
  const { timeoutSeconds, concurrency, endpoint, environment, secrets } = container;
  const { grpcPort, maxInFlight, maxBodyBytes, requestTimeoutMs, graceMs, drainDelayMs } = SERVER_VARIABLES;
  const values: Readonly<Record<string, number | undefined>> = {
    [requestTimeoutMs]: timeoutSeconds * MS,
    [maxInFlight]: concurrency,
    [maxBodyBytes]: endpoint?.maxBodyMb && Math.round(endpoint.maxBodyMb * MIB),
    [graceMs]: stop && (stop.graceSeconds - EXIT_SECONDS) * MS,
    [drainDelayMs]: stop?.drainSeconds && stop.drainSeconds * MS,
    [grpcPort]: container.grpcPort,
  };
  const given = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, `${value}`] as const);
  const all: Readonly<Record<string, string>> = { ...Object.fromEntries(given), ...tokens(container), ...environment };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !(name in secrets)));
}

/** Managed endpoints ask for credentials themselves; where they stand in front, the rules refuse tokens. */
function tokens({ endpoint }: ResolvedContainer): Readonly<Record<string, string>> {
  if (typeof endpoint?.auth !== "object") return {};
  const { issuer, audience } = endpoint.auth;
  return { [SERVER_VARIABLES.jwtIssuer]: issuer, [SERVER_VARIABLES.jwtAudience]: audience.join() };
}
