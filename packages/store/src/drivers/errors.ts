import type { IncomingHttpHeaders } from "node:http";
import { isTricastError, TricastError } from "@tricast/core";
import { hasCode } from "../error-codes.ts";
import { permanent } from "../retry.ts";

/** The object, bucket or container does not exist. */
export function missing(what: string, cause?: unknown): TricastError {
  const message = `${what} does not exist; check the address, or list the models with "tricast models list"`;
  return new TricastError("store-not-found", message, { cause });
}

export function conflict(what: string, cause?: unknown): TricastError {
  const message = `${what}: the object has changed since it was read; read it again and repeat the change`;
  return new TricastError("store-conflict", message, { cause });
}

export function denied(message: string, cause?: unknown): TricastError {
  return new TricastError("store-denied", message, { cause });
}

export function unavailable(what: string, why: string, cause?: unknown, retryAfterSeconds?: number): TricastError {
  return new TricastError("store-unavailable", `${what}: ${why}`, { cause, retryAfterSeconds });
}

/**
 * Calls `identify` and converts its errors, which are those of `@tricast/identity`, to errors of a store.
 * @param advice what the user can do if the credentials are refused.
 */
export async function identified<T>(identify: () => Promise<T>, advice: string): Promise<T> {
  try {
    return await identify();
  } catch (error) {
    if (hasCode(error, "credentials-missing")) throw denied(`${error.message}; ${advice}`, error);
    if (!isTricastError(error) || error.code !== "endpoint-unreachable") throw error;
    const { message, retryAfterSeconds } = error;
    throw new TricastError("store-unavailable", message, { cause: error, retryAfterSeconds });
  }
}

/** The advice of an error, with the reason why the request was sent without credentials. */
export function withoutCredentials(absence: string | undefined, advice: string): string {
  return absence === undefined ? advice : `the request was sent without credentials, because ${absence}; ${advice}`;
}

/** The parts of a reply that decide which error it becomes. */
export interface FailedReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

export interface Failure {
  /** Method and address, without secrets: `GET s3://bucket/key`. */
  readonly what: string;
  /** The message of the store. */
  readonly detail: string;
  /** Which credentials were used, and how to set others. */
  readonly credentials: string;
}

/** The error for a reply's status, the same for every store. */
export function statusError({ status, headers }: FailedReply, { what, detail, credentials }: Failure): TricastError {
  const seen = `${what} was answered with ${status}${detail === "" ? "" : ` (${detail})`}`;
  if (status === 401 || status === 403) return denied(`${seen}; ${credentials}`);
  if (status === 404 || status === 410) {
    return new TricastError("store-not-found", `${seen}; check the address and that the object was pushed there`);
  }
  if (status === 409 || status === 412) return conflict(seen);
  const error = unavailable(seen, advice(status), undefined, secondsOf(headers["retry-after"]));
  return status >= 500 || status === 408 || status === 429 ? error : permanent(error);
}

function advice(status: number): string {
  if (status === 429 || status === 503) return "the store limits requests; try again later or with fewer instances";
  if (status >= 500) return "the store failed; try again later";
  return "the store refuses this request; check the address and the endpoint";
}

/** Seconds of a `Retry-After` header: a number or an HTTP date (RFC 9110, 10.2.3). */
function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1_000);
}
