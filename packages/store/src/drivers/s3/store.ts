import type { ObjectStore } from "../../object-store.ts";
import type { StoreOptions } from "../../store-options.ts";
import { formatUri } from "../../uri.ts";
import type { WireReadOptions } from "../wire.ts";
import { type Root, readEnvironment } from "./environment.ts";
import { createSignedReader, InAnotherRegion, type SignedReader } from "./signed-reader.ts";

/**
 * S3 and what speaks like it. Where the environment has keys and region, reads are signed here and the AWS SDK is
 * imported for the rest when it is needed; else it is imported now. @throws {TricastError} `missing-dependency`
 */
export async function createS3Store(root: Root, options: StoreOptions): Promise<ObjectStore> {
  const environment = readEnvironment(root, options);
  let opening: Promise<ObjectStore> | undefined;
  const sdk = (): Promise<ObjectStore> => {
    opening ??= import("./sdk-store.ts").then(({ createSdkStore }) => createSdkStore(root, options, environment));
    return opening;
  };
  if (environment === undefined) return sdk();

  let reader: SignedReader | undefined = createSignedReader(root, environment, options);
  const orElse = async <T>(task: (from: SignedReader) => Promise<T>): Promise<T> => {
    if (reader !== undefined) {
      try {
        return await task(reader);
      } catch (error) {
        if (!(error instanceof InAnotherRegion)) throw error;
        reader = undefined;
      }
    }
    return task(await sdk());
  };
  return {
    uri: formatUri(root),
    head: (key, signal) => orElse((from) => from.head(key, signal)),
    read: (key, read?: WireReadOptions) => orElse((from) => from.read(key, read)),
    write: async (key, body, write) => (await sdk()).write(key, body, write),
    list: async function* (prefix, signal) {
      yield* (await sdk()).list(prefix, signal);
    },
    delete: async (key, signal) => (await sdk()).delete(key, signal),
  };
}
