import { TricastError } from "@tricast/core";
import type { ObjectInfo } from "../object-store.ts";
import { isTransient, pause, RETRY_ATTEMPTS, waitMs } from "../retry.ts";
import type { AbortableStore } from "../with-signal.ts";

/**
 * The bytes of an object in order. If the connection breaks, reading continues at the next byte of the same object. If
 * the object is replaced, it fails with `store-conflict`.
 * @param check called with the facts of an object that is not empty before its bytes are used; it may throw.
 */
export async function* readObject(
  store: AbortableStore,
  key: string,
  check?: (info: ObjectInfo) => void,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  let info: ObjectInfo | undefined;
  for (let failures = 0; info === undefined || position < info.size; ) {
    try {
      const rest = info === undefined ? {} : { range: { start: position, end: info.size }, ifMatch: info.tag };
      const result = await store.read(key, rest);
      // Only a read with ifNoneMatch has no result.
      if (result === undefined) return;
      info ??= result.info;
      for await (const chunk of result.body) {
        // In the loop, so that an error closes the body.
        if (position === 0) check?.(info);
        position += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (position < info.size) {
        const message = `${store.uri}/${key} ended after ${position} of ${info.size} bytes; check the network`;
        throw new TricastError("store-unavailable", message);
      }
    } catch (error) {
      failures++;
      if (!isTransient(error) || failures >= RETRY_ATTEMPTS) throw error;
      await pause(waitMs(failures, error), store.signal);
    }
  }
}
