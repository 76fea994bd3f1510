import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import type { Env } from "../io.ts";
import { type Authorization, authorize } from "./authorize.ts";

export interface EndpointCall {
  /** URL of the predictor, without `/predict`. */
  readonly url: string;
  /** JSON text. */
  readonly body: string;
  readonly authorization: Authorization;
  readonly env: Env;
  /** Default 60,000: the first response waits until the model is loaded. */
  readonly timeoutMs?: number;
}

export interface InvokeAnswer {
  readonly status: number;
  /** Parsed if it is JSON; otherwise the text. */
  readonly body: unknown;
  /** Whether this was the first request of its instance. `undefined` if the response is not from a tricast predictor. */
  readonly cold: boolean | undefined;
  readonly instance: string | undefined;
  /** Time of each phase in the server, in milliseconds. */
  readonly timings: Readonly<Record<string, number>>;
  /** Time from sending the request to the end of the response, in milliseconds. */
  readonly totalMs: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Sends one input to a live endpoint.
 * @throws {TricastError} `endpoint-unreachable` without a response; `credentials-missing`.
 */
export async function callEndpoint(call: EndpointCall): Promise<InvokeAnswer> {
  const url = predictUrl(call.url);
  const request = { method: "POST", url, headers: { "content-type": "application/json" }, body: call.body };
  const headers = await authorize(request, call.authorization, call.env);
  const signal = AbortSignal.timeout(call.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const begin = performance.now();
  try {
    const response = await fetch(url, { ...request, headers, redirect: "manual", signal });
    const text = await response.text();
    return { ...describe(response, text), totalMs: round(performance.now() - begin) };
  } catch (cause) {
    throw unreachable(url.href, cause);
  }
}

/** The prediction route of a predictor at `base`. */
export function predictUrl(base: string): URL {
  const url = new URL(base);
  if (!url.pathname.endsWith("/predict")) url.pathname = `${url.pathname.replace(/\/$/, "")}/predict`;
  return url;
}

function describe(response: Response, text: string): Omit<InvokeAnswer, "totalMs"> {
  const cold = response.headers.get("x-tricast-cold-start");
  return {
    status: response.status,
    body: parseJson(text),
    cold: cold === null ? undefined : cold === "true",
    instance: response.headers.get("x-tricast-instance") ?? undefined,
    timings: parseServerTiming(response.headers.get("server-timing") ?? ""),
  };
}

/** The durations of a header such as `load;dur=12.5, predict;dur=0.4`, by name. */
export function parseServerTiming(header: string): Readonly<Record<string, number>> {
  const phases = [...header.matchAll(/([\w-]+)\s*;\s*dur=([\d.]+)/g)];
  return Object.fromEntries(phases.map(([, name, duration]) => [name as string, Number(duration)]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `fetch` keeps the reason, such as ECONNREFUSED, as the cause of its error. */
export function unreachable(url: string, error: unknown): TricastError {
  const { cause } = error as { readonly cause?: unknown };
  const reason = cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
  return new TricastError("endpoint-unreachable", `${url} does not answer: ${reason}`, { cause: error });
}

export function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
