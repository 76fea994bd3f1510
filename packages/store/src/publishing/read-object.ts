import { TricastError } from "@tricast/core";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { isTransient, pause, RETRY_ATTEMPTS, waitMs } from "../retry.ts";

/**
 * The bytes of an object in order. Where the connection breaks, reading goes on from the last byte that came, of the
 * same object: one that is replaced meanwhile fails with `store-conflict`.
 */
export async function* readObject(store: ObjectStore, key: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  let position = 0;
  let info: ObjectInfo | undefined;
  for (let failures = 0; info === undefined || position < info.size; ) {
    try {
      const rest = info === undefined ? {} : { range: { start: position, end: info.size }, ifMatch: info.tag };
      const result = await store.read(key, { ...rest, signal });
      // Without ifNoneMatch there is always a result.
      if (result === undefined) return;
      info ??= result.info;
      for await (const chunk of result.body) {
        position += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (position < info.size) throw cutOff(store, key, position, info.size);
    } catch (error) {
      failures++;
      if (!isTransient(error) || failures >= RETRY_ATTEMPTS) throw error;
      await pause(waitMs(failures, error), signal);
    }
  }
}

function cutOff(store: ObjectStore, key: string, position: number, size: number): TricastError {
  return new TricastError(
    "store-unavailable",
    `${store.uri}/${key} ended after ${position} of ${size} bytes; try again, and look at the network in between`,
  );
}
