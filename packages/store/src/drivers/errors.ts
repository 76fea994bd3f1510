import { isTricastError, TricastError } from "@tricast/core";
import { permanent } from "../retry.ts";

/** No such object, bucket or container. */
export function missing(what: string, cause?: unknown): TricastError {
  return new TricastError("store-not-found", `there is no ${what}; compare it with what "tricast models list" shows`, {
    cause,
  });
}

export function conflict(what: string, cause?: unknown): TricastError {
  return new TricastError(
    "store-conflict",
    `${what} is no longer the version that was read before; read it again and repeat the change`,
    { cause },
  );
}

export function unavailable(what: string, why: string, cause?: unknown, retryAfterSeconds?: number): TricastError {
  return new TricastError("store-unavailable", `${what}: ${why}`, { cause, retryAfterSeconds });
}

/**
 * Calls `identify`, whose errors are those of `@tricast/identity`, and throws them as errors of a store.
 * @param advice what a person can do where the credentials are refused.
 */
export async function identified<T>(identify: () => Promise<T>, advice: string): Promise<T> {
  try {
    return await identify();
  } catch (error) {
    if (!isTricastError(error)) throw error;
    const { message, retryAfterSeconds } = error;
    if (error.code === "credentials-missing") {
      throw new TricastError("store-denied", `${message}; ${advice}`, { cause: error });
    }
    if (error.code !== "endpoint-unreachable") throw error;
    throw new TricastError("store-unavailable", message, { cause: error, retryAfterSeconds });
  }
}

export interface Failure {
  readonly status: number;
  /** Method and address, without secrets: `GET s3://bucket/key`. */
  readonly what: string;
  /** The store's own words. */
  readonly detail: string;
  /** Who asked: the kind of credentials, and how to give others. */
  readonly credentials: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** The error for a reply's status: one table for every store. */
export function statusError({ status, what, detail, credentials, retryAfterSeconds, cause }: Failure): TricastError {
  const seen = `${what} was answered with ${status}${detail === "" ? "" : ` (${detail})`}`;
  if (status === 401 || status === 403) {
    return new TricastError("store-denied", `${seen}; ${credentials}`, { cause });
  }
  if (status === 404 || status === 410) {
    return new TricastError("store-not-found", `${seen}; check the address and that it was pushed there`, { cause });
  }
  if (status === 409 || status === 412) return conflict(seen, cause);
  const error = unavailable(seen, advice(status), cause, retryAfterSeconds);
  return status >= 500 || status === 408 || status === 429 ? error : permanent(error);
}

function advice(status: number): string {
  if (status === 429 || status === 503) return "the store asks to slow down; try again later or with fewer instances";
  if (status >= 500) return "the store is failing; try again later";
  return "the store does not take this request; check the address and the endpoint";
}

/** Seconds of a `Retry-After` header: a number or an HTTP date (RFC 9110, 10.2.3). */
export function retryAfterOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1_000);
}
