import type { IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { isTricastError, TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { credentialsMissing, type Json, parseJson } from "./parse-json.ts";

export interface TokenRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body of a POST. Without it the request is a GET. */
  readonly body?: string | undefined;
  /** Milliseconds for all attempts together. Default 30000. */
  readonly timeoutMs?: number | undefined;
  /** Whether a proxy is never used: a metadata service is on the machine itself. */
  readonly direct?: boolean | undefined;
  /** What the user can do if the credentials are refused. Ends the error's message. */
  readonly advice: string;
}

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;
/** Limit for a reply. Replies of token services are much smaller. */
const MOST_BYTES = 1024 * 1024;

/**
 * Requests a token, up to three times if the service is busy or does not answer.
 * @throws {TricastError} `credentials-missing` if it refuses; `endpoint-unreachable` if it does not answer or fails.
 */
export async function askText(request: TokenRequest): Promise<string> {
  const signal = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(request, signal);
    } catch (error) {
      const isTransient = isTricastError(error) && error.code === "endpoint-unreachable";
      if (!isTransient || attempt === ATTEMPTS || signal.aborted) throw error;
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
    }
  }
}

/** @throws {TricastError} as {@link askText}, and `credentials-missing` for a reply that is not a JSON object. */
export async function askJson(request: TokenRequest): Promise<Json> {
  return parseJson(await askText(request), `the reply to ${nameOf(request)}`);
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
  if (!isBusy) throw credentialsMissing(`${seen}; ${request.advice}`);
  const retryAfterSeconds = Number(reply.headers["retry-after"]) || undefined;
  throw new TricastError("endpoint-unreachable", `${seen}; try again later`, { retryAfterSeconds });
}

/** Uses node:https, because the first use of `fetch` costs 23 ms. It is imported here, because TLS alone takes 20 ms. */
async function exchange(
  { url, headers = {}, body, direct = false }: TokenRequest,
  signal: AbortSignal,
): Promise<{ readonly reply: IncomingMessage; readonly text: string }> {
  const { request } = url.protocol === "http:" ? await import("node:http") : await import("node:https");
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    // An agent of its own has no proxy.
    const sent = request(url, { method, headers: { ...headers }, signal, ...(direct && { agent: false }) });
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

/** Leaves out the query, which may hold a secret. */
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
