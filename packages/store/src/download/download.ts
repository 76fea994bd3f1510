import { isTricastError, TricastError } from "@tricast/core";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import type { Target } from "./target.ts";
import { Transfer } from "./transfer.ts";

export interface DownloadOptions {
  /** Bytes that the manifest promises: another size fails before anything is fetched, and all connections start at once. */
  readonly size?: number | undefined;
  /** 64 hexadecimal digits that the manifest promises. */
  readonly sha256?: string | undefined;
  /** Requests at a time. Default 8: stores cap each connection, not each client. */
  readonly connections?: number | undefined;
  /** A connection that brings less than 8 KB/s for so long is replaced. Default 10000. */
  readonly stallMs?: number | undefined;
  /** Failures of one part in a row, without a byte between them, that end the download. Default 5. */
  readonly attempts?: number | undefined;
  /** First pause after a failure; doubled for each further one. Default 100. */
  readonly retryMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that have arrived, at each piece. */
  readonly onProgress?: ((received: number, size: number) => void) | undefined;
  /** Called once, when the first requests have left: now work may block the thread, and the network keeps going. */
  readonly onSent?: (() => void) | undefined;
}

export interface Download {
  readonly info: ObjectInfo;
  readonly sha256: string;
  /** Requests that failed and were repeated. */
  readonly retries: number;
}

/** An object that is replaced more often than this while it is fetched is still being published. */
const RESTARTS = 1;

/**
 * Fetches an object in parallel ranges, each resumed at its last good byte, all pinned to the tag of the first reply.
 * When the object is replaced meanwhile, everything is fetched again, once.
 *
 * @param openTarget called with the size when it is known, and again when the object was replaced.
 * @throws {TricastError} `digest-mismatch` for other bytes than promised: what the target holds must be thrown away.
 * `store-not-found`, `store-denied`; `store-unavailable` after the last attempt; `store-conflict`.
 */
export async function download(
  store: ObjectStore,
  key: string,
  openTarget: (size: number) => Promise<Target> | Target,
  options: DownloadOptions = {},
): Promise<Download> {
  for (let restarts = 0; ; restarts++) {
    try {
      const result = await new Transfer(store, key, openTarget, options).run();
      checkDigest(`${store.uri}/${key}`, result.sha256, options.sha256);
      return result;
    } catch (error) {
      const replaced = isTricastError(error) && error.code === "store-conflict";
      if (!replaced || restarts === RESTARTS) throw error;
    }
  }
}

export function checkDigest(what: string, found: string, promised: string | undefined): void {
  if (promised === undefined || promised === found) return;
  throw new TricastError(
    "digest-mismatch",
    `${what} has SHA-256 ${found}, and ${promised} was promised; push the version again, or correct the digest`,
  );
}

export function checkSize(what: string, found: number, promised: number | undefined): void {
  if (promised === undefined || promised === found) return;
  throw new TricastError(
    "digest-mismatch",
    `${what} has ${found} bytes, and ${promised} were promised; push the version again, or correct the size`,
  );
}
