import { hasCode } from "./error-codes.ts";
import type { ObjectBody, ObjectInfo, ObjectStore, WriteOptions } from "./object-store.ts";
import { type RetryOptions, retrying } from "./retry.ts";

/**
 * The same store, which repeats a request with growing pauses while the store is unavailable. A read whose body breaks
 * off is not resumed, because the caller may have used its first part.
 *
 * A conditional write may succeed although its reply is lost. The next attempt then conflicts with the first. Such a
 * conflict is resolved by reading the object back.
 */
export function withRetries(store: ObjectStore, options: RetryOptions = {}): ObjectStore {
  const retry = <T>(task: () => Promise<T>, signal = options.signal) => retrying(task, { ...options, signal });
  return {
    uri: store.uri,
    head: (key, signal) => retry(() => store.head(key, signal), signal),
    read: (key, read) => retry(() => store.read(key, read), read?.signal),
    write: (key, body, write = {}) => {
      let attempts = 0;
      return retry(async () => {
        attempts++;
        try {
          return await store.write(key, body, write);
        } catch (error) {
          const repeated = attempts > 1 && hasCode(error, "store-conflict");
          const written = repeated ? await readBack(store, key, body, write) : undefined;
          if (written === undefined) throw error;
          return written;
        }
      }, write.signal);
    },
    list: async function* (prefix, signal) {
      // The whole list at once, because a second attempt begins at the first page again.
      yield* await retry(() => toArray(store.list(prefix, signal)), signal);
    },
    delete: (key, signal) => retry(() => store.delete(key, signal), signal),
  };
}

async function toArray<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The object's facts if it has the content of `body`. */
async function readBack(
  store: ObjectStore,
  key: string,
  body: ObjectBody,
  { signal }: WriteOptions,
): Promise<ObjectInfo | undefined> {
  const found = await store.read(key, { signal });
  if (found === undefined) return undefined;
  const { digest, digestFile } = await import("./digest.ts");
  const wanted = body instanceof Uint8Array ? digest([body]) : digestFile(body.path, signal);
  const [there, sent] = await Promise.all([digest(found.body), wanted]);
  return there.sha256 === sent.sha256 ? found.info : undefined;
}
