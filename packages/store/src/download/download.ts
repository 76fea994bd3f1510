import { isTricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";
import { checkDigest } from "./check-content.ts";
import type { Destination } from "./destination.ts";
import { type Download, type DownloadOptions, Transfer } from "./transfer.ts";

/** An object that is replaced more often than this while it is fetched is still being published. */
const RESTARTS = 1;

/**
 * Fetches an object in parallel ranges, each resumed at its last good byte, all pinned to the tag of the first reply.
 * When the object is replaced meanwhile, everything is fetched again, once.
 *
 * @param openDestination called with the size when it is known, and again when the object was replaced.
 * @throws {TricastError} `digest-mismatch` for other bytes than promised: what the destination holds must be thrown away.
 * `store-not-found`, `store-denied`; `store-unavailable` after the last attempt; `store-conflict`.
 */
export async function download(
  store: ObjectStore,
  key: string,
  openDestination: (size: number) => Promise<Destination> | Destination,
  options: DownloadOptions = {},
): Promise<Download> {
  for (let restarts = 0; ; restarts++) {
    try {
      const result = await new Transfer(store, key, openDestination, options).run();
      checkDigest(`${store.uri}/${key}`, result.sha256, options.sha256);
      return result;
    } catch (error) {
      const replaced = isTricastError(error) && error.code === "store-conflict";
      if (!replaced || restarts === RESTARTS) throw error;
    }
  }
}
