import { hasCode } from "../error-codes.ts";
import { checkDigest } from "./check-content.ts";
import { type Download, type DownloadTask, Transfer } from "./transfer.ts";

/** How often an object may be replaced while it is fetched. */
const RESTARTS = 1;

/**
 * Fetches an object in parallel ranges. A range that fails is resumed at its last received byte. All ranges must have the
 * tag of the first reply. If the object is replaced during the download, everything is fetched again, once.
 *
 * `openDestination` is called again if the object was replaced.
 * @throws {TricastError} `digest-mismatch` if the bytes have another digest: the destination must be discarded.
 * `store-not-found`, `store-denied`; `store-unavailable` after the last attempt; `store-conflict`.
 */
export async function download(task: DownloadTask): Promise<Download> {
  for (let restarts = 0; ; restarts++) {
    try {
      const result = await new Transfer(task).run();
      checkDigest(`${task.store.uri}/${task.key}`, result.sha256, task.options.sha256);
      return result;
    } catch (error) {
      if (!hasCode(error, "store-conflict") || restarts === RESTARTS) throw error;
    }
  }
}
