import type { InferenceRequest } from "../seam.ts";
import type { WarmupPing, WarmupReport } from "./ping.ts";
import { PING_SHAPES } from "./shapes.ts";

/**
 * The ping that the event of a direct invocation is, or `undefined` for traffic.
 * Never call it with what came over HTTP: a body anyone can send must not reach around authentication.
 */
export function recognisePing(event: unknown): WarmupPing | undefined {
  // lambda-warmer sends an array when it warms several functions at once.
  const first = Array.isArray(event) ? event[0] : event;
  if (typeof first !== "string" && (typeof first !== "object" || first === null)) return undefined;
  for (const shape of PING_SHAPES) {
    if (Array.isArray(event) && shape.kind !== "lambda-warmer") continue;
    const ping = shape.recognise(first as Record<string, unknown> | string);
    if (ping !== undefined) return { kind: shape.kind, ...ping };
  }
  return undefined;
}

/** Cloud Scheduler sets it on every HTTP job (cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs). */
const SCHEDULER_HEADER = "x-cloudscheduler";
/** Carries the shared secret of a ping over HTTP. */
export const WARMUP_HEADER = "x-tricast-warmup";

/**
 * The ping an HTTP request is, or `undefined` for traffic.
 *
 * A request counts with header `x-tricast-warmup` equal to the environment variable `TRICAST_WARMUP_SECRET`.
 * `trust: "platform"` believes Cloud Scheduler's own header too: right only where the platform lets
 * authenticated callers through and nobody else.
 */
export function recogniseHttpPing(
  headers: InferenceRequest["headers"],
  trust: "secret" | "platform" = "secret",
): WarmupPing | undefined {
  const given = headers[WARMUP_HEADER];
  if (given !== undefined && isSecret(given)) return { kind: "http", ...httpDetails(headers) };
  if (trust === "platform" && headers[SCHEDULER_HEADER]?.toLowerCase() === "true") {
    return { kind: "cloud-scheduler", holdMs: 0 };
  }
  return undefined;
}

/** `x-tricast-warmup-concurrency` lets a pinger over HTTP say how many siblings it sends. */
function httpDetails(headers: InferenceRequest["headers"]): Omit<WarmupPing, "kind"> {
  const concurrency = Number(headers["x-tricast-warmup-concurrency"]);
  return Number.isSafeInteger(concurrency) && concurrency > 0 ? { concurrency } : { holdMs: 0 };
}

/** Compares in a time that depends on the length only. */
function isSecret(given: string): boolean {
  const secret = process.env.TRICAST_WARMUP_SECRET;
  if (secret === undefined || secret === "" || secret.length !== given.length) return false;
  let difference = 0;
  for (let index = 0; index < secret.length; index++) difference |= secret.charCodeAt(index) ^ given.charCodeAt(index);
  return difference === 0;
}

/** The answer the pinger of `ping` expects. */
export function answerPing(ping: WarmupPing, report: WarmupReport): unknown {
  const shape = PING_SHAPES.find(({ kind }) => kind === ping.kind);
  return shape?.answer === undefined ? report : shape.answer(report, ping);
}
