import type { ObjectStore } from "./object-store.ts";

/** A store with a signal, which applies to each request that does not have its own. */
export interface AbortableStore extends ObjectStore {
  readonly signal?: AbortSignal | undefined;
}

export function withSignal(store: ObjectStore, signal: AbortSignal | undefined): AbortableStore {
  if (signal === undefined) return store;
  return {
    uri: store.uri,
    signal,
    head: (key, own = signal) => store.head(key, own),
    read: (key, options) => store.read(key, { ...options, signal: options?.signal ?? signal }),
    write: (key, body, options) => store.write(key, body, { ...options, signal: options?.signal ?? signal }),
    list: (prefix, own = signal) => store.list(prefix, own),
    delete: (key, own = signal) => store.delete(key, own),
  };
}
