import { TricastError } from "@tricast/core";
import { hasCode } from "../error-codes.ts";
import type { ObjectStore } from "../object-store.ts";

/** Much more than any manifest or `aliases.json` has. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface SmallObject {
  readonly text: string;
  readonly tag: string;
}

/**
 * Reads a whole object as UTF-8.
 * @returns `undefined` if the object does not exist, `"unchanged"` if it still has the tag `ifNoneMatch`.
 * @throws {TricastError} `model-invalid` for an object over 16 MiB.
 */
export async function readSmall(
  store: ObjectStore,
  key: string,
  ifNoneMatch?: string,
): Promise<SmallObject | "unchanged" | undefined> {
  try {
    const result = await store.read(key, { ifNoneMatch });
    if (result === undefined) return "unchanged";
    const { info, body } = result;
    const pieces: Uint8Array[] = [];
    for await (const piece of body) {
      // In the loop, so that the error closes the body.
      if (info.size > MOST_BYTES) throw tooLarge(`${store.uri}/${key}`, info.size);
      pieces.push(piece);
    }
    return { text: Buffer.concat(pieces).toString("utf8"), tag: info.tag };
  } catch (error) {
    if (hasCode(error, "store-not-found")) return undefined;
    throw error;
  }
}

function tooLarge(what: string, size: number): TricastError {
  const message = `${what} has ${size} bytes, but the limit is ${MOST_BYTES}; restore the right file`;
  return new TricastError("model-invalid", message);
}
