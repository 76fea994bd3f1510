import type { RequestHead, WholeResponse } from "../seam.ts";
import type { WarmupPing, WarmupReport } from "./ping.ts";
import { RECOGNISERS } from "./shapes.ts";

/**
 * The ping that the event of a direct invocation represents, or `undefined` for traffic.
 * Never call it for HTTP requests: anyone can send such a body, which must not bypass authentication.
 */
export function recognisePing(event: unknown): WarmupPing | undefined {
  if (Array.isArray(event)) return recogniseArray(event);
  if (typeof event !== "string" && (typeof event !== "object" || event === null)) return undefined;
  for (const shape of RECOGNISERS) {
    const ping = shape.recognise(event as Record<string, unknown> | string);
    if (ping !== undefined) return { kind: shape.kind, ...ping };
  }
  return undefined;
}

/**
 * lambda-warmer takes an array when it warms several functions at once; each element must be one of its pings.
 * Its marker is Bref's ping outside an array, and lambda-warmer's in an array.
 */
function recogniseArray(events: readonly unknown[]): WarmupPing | undefined {
  let first: WarmupPing | undefined;
  for (const event of events) {
    const ping = Array.isArray(event) ? undefined : recognisePing(event);
    if (ping?.kind !== "lambda-warmer" && ping?.kind !== "bref") return undefined;
    first ??= { ...ping, kind: "lambda-warmer" };
  }
  return first;
}

/** Cloud Scheduler sets it on every HTTP job (cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs). */
const SCHEDULER_HEADER = "x-cloudscheduler";
/** Carries the shared secret of a ping over HTTP. */
export const WARMUP_HEADER = "x-tricast-warmup";

/**
 * The ping that an HTTP request represents, or `undefined` for traffic.
 *
 * A request counts with header `x-tricast-warmup` equal to the environment variable `TRICAST_WARMUP_SECRET`.
 * `trust: "platform"` believes Cloud Scheduler's own header too: use it only if the platform lets
 * only authenticated callers through.
 */
export function recogniseHttpPing(
  headers: RequestHead["headers"],
  trust: "secret" | "platform" = "secret",
): WarmupPing | undefined {
  const given = headers[WARMUP_HEADER];
  if (given !== undefined && isSecret(given)) return { kind: "http", ...httpDetails(headers) };
  if (trust === "platform" && headers[SCHEDULER_HEADER]?.toLowerCase() === "true") {
    return { kind: "cloud-scheduler", holdMs: 0 };
  }
  return undefined;
}

/**
 * `x-tricast-warmup-concurrency` is the number of parallel pings that a pinger sends over HTTP, and
 * `x-tricast-warmup-hold` the time in milliseconds for which each holds its instance.
 */
function httpDetails(headers: RequestHead["headers"]): Omit<WarmupPing, "kind"> {
  const concurrency = wholeNumber(headers[`${WARMUP_HEADER}-concurrency`]);
  const holdMs = wholeNumber(headers[`${WARMUP_HEADER}-hold`]);
  if (!concurrency) return { holdMs: holdMs ?? 0 };
  return holdMs === undefined ? { concurrency } : { concurrency, holdMs };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Compares in a time that depends only on the length. */
function isSecret(given: string): boolean {
  const secret = process.env.TRICAST_WARMUP_SECRET;
  if (secret === undefined || secret === "" || secret.length !== given.length) return false;
  let difference = 0;
  for (let index = 0; index < secret.length; index++) difference |= secret.charCodeAt(index) ^ given.charCodeAt(index);
  return difference === 0;
}

/** The response to a ping over HTTP. A scheduler reads the status: a model that cannot load must not look warm. */
export function pongResponse(ping: WarmupPing, report: WarmupReport): WholeResponse {
  return {
    status: report.state === "ready" ? 200 : 503,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(answerPing(ping, report)),
  };
}

/** The answer the pinger of `ping` expects. */
export function answerPing(ping: WarmupPing, report: WarmupReport): unknown {
  const shape = RECOGNISERS.find(({ kind }) => kind === ping.kind);
  return shape?.answer === undefined ? report : shape.answer(report, ping);
}
