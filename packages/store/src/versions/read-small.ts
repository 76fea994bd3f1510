import { isTricastError, TricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";

/** Far more than a manifest or a file of aliases ever has: what is larger is something else. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface SmallObject {
  readonly text: string;
  readonly tag: string;
}

/**
 * Reads a whole object as UTF-8.
 * @returns `undefined` when there is no such object, `"unchanged"` when it still has the tag `ifNoneMatch`.
 * @throws {TricastError} `model-invalid` for an object over 16 MiB.
 */
export async function readSmall(
  store: ObjectStore,
  key: string,
  options: { readonly ifNoneMatch?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<SmallObject | "unchanged" | undefined> {
  let result: Awaited<ReturnType<ObjectStore["read"]>>;
  try {
    result = await store.read(key, options);
  } catch (error) {
    if (isTricastError(error) && error.code === "store-not-found") return undefined;
    throw error;
  }
  if (result === undefined) return "unchanged";
  const { info, body } = result;
  if (info.size > MOST_BYTES) {
    throw new TricastError(
      "model-invalid",
      `${store.uri}/${key} has ${info.size} bytes; a document of a model has at most ${MOST_BYTES}; restore the right one`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString("utf8"), tag: info.tag };
}
