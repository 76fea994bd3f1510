import type { ResolvedContainer } from "../resolved-plan.ts";
import { invalidOption } from "./invalid-option.ts";
import { secretLocations } from "./secrets.ts";
import { SERVER_VARIABLES } from "./server.ts";

/** How a platform stops an instance, in seconds. */
export interface Stop {
  /** From SIGTERM to SIGKILL. */
  readonly graceSeconds: number;
  /** How long requests still arrive after SIGTERM. */
  readonly drainSeconds?: number;
}

/** The server exits this much earlier than the platform kills it. The server has the same default. */
const EXIT_SECONDS = 1;
const MS = 1000;
const MIB = 1_048_576;

/**
 * The environment of a container: the settings of the platform as variables of the server, and the variables of the user,
 * which take precedence. Without `stop`, the server uses its own defaults for the platform.
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
  const numbers = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]]));
  const all: Readonly<Record<string, string>> = {
    ...Object.fromEntries(numbers),
    ...tokens(container),
    ...environment,
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !(name in secrets)));
}

/** Issuer and audience of tokens. Managed endpoints check credentials themselves, and the rules refuse tokens there. */
function tokens({ endpoint }: ResolvedContainer): Readonly<Record<string, string>> {
  if (typeof endpoint?.auth !== "object") return {};
  const { issuer, audience } = endpoint.auth;
  return { [SERVER_VARIABLES.jwtIssuer]: issuer, [SERVER_VARIABLES.jwtAudience]: audience.join() };
}

/** @throws {TricastError} `invalid-option` for a container without an image. */
export function needImage({ image, predictor, target }: ResolvedContainer): string {
  if (image !== undefined) return image;
  throw invalidOption(
    `image of ${predictor} on ${target} is missing; a container runs your own image; ` +
      `write image: "<registry>/<repository>:<tag>" under targets.${target} or predictors.${predictor}.on.${target}`,
  );
}

/**
 * Image and environment on a managed endpoint, which reads no secret store.
 * @throws {TricastError} `invalid-option` without an image, or with secrets.
 */
export function managedContainer(one: ResolvedContainer) {
  secretLocations(one);
  return { image: needImage(one), environment: containerEnvironment(one) };
}
