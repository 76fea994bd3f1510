import { readFileSync } from "node:fs";
import { TricastError } from "@tricast/core";
import type { ObjectInfo, ObjectStore, ReadOptions, ReadResult, WriteOptions } from "@tricast/store";
import { compareKeys } from "../../src/keys.ts";

interface Stored extends ObjectInfo {
  readonly bytes: Uint8Array;
}

export interface MemoryStoreOptions {
  /** Awaited before and after each operation: the request's way and the answer's. */
  readonly gate?: ((label: string) => Promise<unknown>) | undefined;
  readonly now?: (() => number) | undefined;
}

export interface MemoryStore extends ObjectStore {
  /** What lies in it at this moment, past any gate. */
  readonly objects: ReadonlyMap<string, Stored>;
  /** Every change that took place: `write KEY`, `delete KEY`. */
  readonly changes: readonly string[];
  /** Puts an object there as somebody else would. */
  put(key: string, content: string | Uint8Array): void;
  remove(key: string): void;
}

let tags = 0;

/** Holds its objects in memory and honours every condition at one moment, as the stores of the clouds do. */
export function memoryStore({ gate = async () => {}, now = Date.now }: MemoryStoreOptions = {}): MemoryStore {
  const objects = new Map<string, Stored>();
  const changes: string[] = [];

  const passing = async <T>(label: string, act: () => T): Promise<T> => {
    await gate(label);
    let result: T;
    try {
      result = act();
    } catch (error) {
      await gate(`${label}: answer`);
      throw error;
    }
    await gate(`${label}: answer`);
    return result;
  };

  const put = (key: string, content: string | Uint8Array): Stored => {
    const bytes = Buffer.from(content);
    const stored = { key, bytes, size: bytes.length, tag: `t${++tags}`, modified: now() };
    objects.set(key, stored);
    changes.push(`write ${key}`);
    return stored;
  };

  const remove = (key: string): void => {
    if (objects.delete(key)) changes.push(`delete ${key}`);
  };

  return {
    uri: "memory://test",
    objects,
    changes,
    put,
    remove,
    head: (key) => passing(`head ${key}`, () => objects.get(key)),
    read: (key, options = {}) => passing(`read ${key}`, () => read(objects, key, options)),
    write: async (key, body, { ifMatch }: WriteOptions = {}) => {
      const bytes = body instanceof Uint8Array ? body : readFileSync(body.path);
      return passing(`write ${key}`, () => {
        if (ifMatch !== undefined && ifMatch !== (objects.get(key)?.tag ?? null)) throw conflict(key);
        return put(key, bytes);
      });
    },
    delete: (key) => passing(`delete ${key}`, () => remove(key)),
    async *list(prefix) {
      const found = await passing(`list ${prefix}`, () => [...objects.values()]);
      yield* found.filter(({ key }) => key.startsWith(prefix)).sort((a, b) => compareKeys(a.key, b.key));
    },
  };
}

function read(objects: ReadonlyMap<string, Stored>, key: string, options: ReadOptions): ReadResult | undefined {
  const stored = objects.get(key);
  if (stored === undefined) throw new TricastError("store-not-found", `there is no ${key}`);
  if (options.ifMatch !== undefined && options.ifMatch !== stored.tag) throw conflict(key);
  if (options.ifNoneMatch === stored.tag) return undefined;
  const { start, end } = options.range ?? { start: 0, end: stored.size };
  return { info: stored, body: inPieces(stored.bytes.subarray(start, end)) };
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

function conflict(key: string): TricastError {
  return new TricastError("store-conflict", `${key} has changed`);
}
