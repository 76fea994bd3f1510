import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { isTricastError, TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { type Json, parseJson } from "./parse-json.ts";

export interface TokenRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as POST; without it the request is a GET. */
  readonly body?: string | undefined;
  /** For all tries together. Default 30000. */
  readonly timeoutMs?: number | undefined;
  /** What a person can do where the credentials are refused; ends the error's message. */
  readonly advice: string;
}

const TIMEOUT_MS = 30_000;
const TRIES = 3;
const FIRST_PAUSE_MS = 100;
/** No answer of a token service is near this. */
const MOST_BYTES = 1024 * 1024;

/**
 * Asks a token service, up to three times while it is busy.
 * @throws {TricastError} `credentials-missing` where it refuses; `endpoint-unreachable` where it does not answer or fails.
 */
export async function askText(request: TokenRequest): Promise<string> {
  const signal = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
  for (let tries = 1; ; tries++) {
    try {
      return await askOnce(request, signal);
    } catch (error) {
      const isTransient = isTricastError(error) && error.code === "endpoint-unreachable";
      if (!isTransient || tries === TRIES || signal.aborted) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2));
    }
  }
}

/** @throws {TricastError} as {@link askText}; also `credentials-missing` for an answer that is not a JSON object. */
export async function askJson(request: TokenRequest): Promise<Json> {
  return parseJson(await askText(request), `the answer to ${nameOf(request)}`);
}

/** Headers and body of a form. */
export function form(fields: Readonly<Record<string, string>>): Pick<TokenRequest, "headers" | "body"> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return { headers, body: new URLSearchParams(fields).toString() };
}

async function askOnce(request: TokenRequest, signal: AbortSignal): Promise<string> {
  const { reply, text } = await exchange(request, signal).catch((cause) => {
    const why = `${nameOf(request)} does not answer (${messageOf(cause)}); check the network and the address`;
    throw new TricastError("endpoint-unreachable", why, { cause });
  });
  const status = reply.statusCode as number;
  if (status === 200) return text;
  const detail = reasonOf(text);
  const seen = `${nameOf(request)} was answered with ${status}${detail === "" ? "" : ` (${detail})`}`;
  const isBusy = status >= 500 || status === 408 || status === 429;
  if (!isBusy) throw new TricastError("credentials-missing", `${seen}; ${request.advice}`);
  const retryAfterSeconds = Number(reply.headers["retry-after"]) || undefined;
  throw new TricastError("endpoint-unreachable", `${seen}; try again later`, { retryAfterSeconds });
}

/** Not `fetch`, whose first use costs 23 ms. Node's modules are imported here: TLS alone takes 20 ms. */
async function exchange(
  { url, headers = {}, body }: TokenRequest,
  signal: AbortSignal,
): Promise<{ readonly reply: IncomingMessage; readonly text: string }> {
  const { request } = url.protocol === "http:" ? await import("node:http") : await import("node:https");
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const sent = request(url, { method, headers: { ...headers }, signal });
    sent.on("error", reject);
    sent.on("response", (reply) => readText(reply).then((text) => resolve({ reply, text }), reject));
    sent.end(body);
  });
}

async function readText(reply: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of reply as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** Without the query, which may hold a secret. */
function nameOf({ url, body }: TokenRequest): string {
  return `${body === undefined ? "GET" : "POST"} ${url.origin}${url.pathname}`;
}

/** RFC 6749, 5.2. */
function reasonOf(text: string): string {
  try {
    const { error, error_description } = JSON.parse(text);
    return [error, error_description].filter((part) => typeof part === "string").join(": ");
  } catch {
    return "";
  }
}
