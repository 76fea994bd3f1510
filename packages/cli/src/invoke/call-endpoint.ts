import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { type Authorization, authorize } from "./authorize.ts";

export interface EndpointCall {
  /** Where the predictor is mounted; `/predict` is added. */
  readonly url: string;
  /** JSON text. */
  readonly body: string;
  readonly authorization: Authorization;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default 60 seconds: a first answer waits for the model. */
  readonly timeoutMs?: number;
}

export interface InvokeAnswer {
  readonly status: number;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
  /** Whether the instance was started for this request; `undefined` where no predictor of ours answered. */
  readonly cold: boolean | undefined;
  readonly instance: string | undefined;
  /** Of the server, by phase, in milliseconds. */
  readonly timings: Readonly<Record<string, number>>;
  /** As seen from here, in milliseconds. */
  readonly totalMs: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Sends one input to a live endpoint.
 * @throws {TricastError} `endpoint-unreachable` where nothing answers; `credentials-missing` for credentials that are not there.
 */
export async function callEndpoint(call: EndpointCall): Promise<InvokeAnswer> {
  const url = predictUrl(call.url);
  const request = { method: "POST", url, headers: { "content-type": "application/json" }, body: call.body };
  const headers = await authorize(request, call.authorization, call.env);
  const begin = performance.now();
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: call.body,
      redirect: "manual",
      signal: AbortSignal.timeout(call.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    });
    const text = await response.text();
    return { ...describe(response, text), totalMs: round(performance.now() - begin) };
  } catch (cause) {
    throw new TricastError("endpoint-unreachable", `${url.href} does not answer: ${reasonOf(cause)}`, { cause });
  }
}

/** Where predictions are made, of a predictor mounted at `base`. */
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

/** `load;dur=12.5, predict;dur=0.4` by name. */
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

function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}

export function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
