import { isTricastError } from "@tricast/core";
import type { ObjectBody, ObjectInfo, ObjectStore, WriteOptions } from "./object-store.ts";
import { type RetryOptions, retrying } from "./retry.ts";

type Retry = <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/**
 * The same store, trying again with growing pauses while it is unavailable. A body that breaks off while it is read is
 * not resumed: the caller knows what it has done with the first part.
 *
 * A conditional write whose answer was lost may have happened: then the second try finds a conflict with itself. Such a
 * conflict is resolved by reading the object back.
 */
export function withRetries(store: ObjectStore, options: RetryOptions = {}): ObjectStore {
  const retry: Retry = (task, signal) => retrying(task, { ...options, signal: signal ?? options.signal });
  return {
    uri: store.uri,
    head: (key, signal) => retry(() => store.head(key, signal), signal),
    read: (key, read) => retry(() => store.read(key, read), read?.signal),
    write: (key, body, write = {}) => {
      let tries = 0;
      return retry(async () => {
        tries++;
        try {
          return await store.write(key, body, write);
        } catch (error) {
          const own = tries > 1 && isTricastError(error) && error.code === "store-conflict";
          const written = own ? await readBack(store, key, body, write) : undefined;
          if (written === undefined) throw error;
          return written;
        }
      }, write.signal);
    },
    list: (prefix, signal) => list(store, prefix, retry, signal),
    delete: (key, signal) => retry(() => store.delete(key, signal), signal),
  };
}

async function readBack(
  store: ObjectStore,
  key: string,
  body: ObjectBody,
  { signal }: WriteOptions,
): Promise<ObjectInfo | undefined> {
  const found = await store.read(key, { signal });
  if (found === undefined) return undefined;
  const { isSameContent } = await import("./same-content.ts");
  return (await isSameContent(found.body, body)) ? found.info : undefined;
}

async function* list(
  store: ObjectStore,
  prefix: string,
  retry: Retry,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo> {
  // Whole, because the second try begins at the first page again.
  yield* await retry(() => toArray(store.list(prefix, signal)), signal);
}

async function toArray<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
