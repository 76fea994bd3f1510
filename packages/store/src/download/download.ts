import { hasCode } from "../error-codes.ts";
import type { ObjectStore } from "../object-store.ts";
import { checkDigest } from "./check-content.ts";
import type { Destination } from "./destination.ts";
import { type Download, type DownloadOptions, Transfer } from "./transfer.ts";

/** How often an object may be replaced while it is fetched. */
const RESTARTS = 1;

/**
 * Fetches an object in parallel ranges. A range that fails is resumed at its last received byte. All ranges must have the
 * tag of the first reply. If the object is replaced during the download, everything is fetched again, once.
 *
 * @param openDestination called with the size when it is known, and again if the object was replaced.
 * @throws {TricastError} `digest-mismatch` if the bytes have another digest: the destination must be discarded.
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
      if (!hasCode(error, "store-conflict") || restarts === RESTARTS) throw error;
    }
  }
}
