import { digest } from "../digest.ts";
import { hasCode } from "../error-codes.ts";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import type { Manifest, ManifestFile } from "../versions/manifest.ts";
import { fileKey } from "../versions/names.ts";
import { resolve } from "../versions/resolve.ts";
import { withSignal } from "../with-signal.ts";
import { readObject } from "./read-object.ts";

export interface VerifiedFile {
  readonly path: string;
  /** How it differs from the manifest; `undefined` if it does not. */
  readonly problem: string | undefined;
}

export interface VerifyResult {
  readonly manifest: Manifest;
  /** One result for each file of the manifest, in its order. */
  readonly files: readonly VerifiedFile[];
}

/**
 * Reads every file of a version again and compares size and SHA-256 with the manifest.
 * A file that is missing or differs is a result, not an error.
 * @throws {TricastError} the errors of `resolve`; `store-unavailable` or `store-denied` if a file cannot be read.
 */
export async function verify(store: ObjectStore, reference: string, signal?: AbortSignal): Promise<VerifyResult> {
  const bound = withSignal(store, signal);
  const { manifest } = await resolve(bound, reference);
  const files: VerifiedFile[] = [];
  for (const file of manifest.files) {
    files.push({ path: file.path, problem: await problemOf(bound, manifest, file) });
  }
  return { manifest, files };
}

async function problemOf(store: ObjectStore, manifest: Manifest, file: ManifestFile): Promise<string | undefined> {
  try {
    // The size first: a store may announce one that is never read to its end.
    const checkSize = ({ size }: ObjectInfo): void => {
      const difference = differenceOf(file, { ...file, size });
      if (difference !== undefined) throw new Difference(difference);
    };
    return differenceOf(file, await digest(readObject(store, fileKey(manifest, file.path), checkSize)));
  } catch (error) {
    if (error instanceof Difference) return error.message;
    if (hasCode(error, "store-not-found")) return "does not exist";
    throw error;
  }
}

/** How a file differs from its manifest, found before it is read. */
class Difference extends Error {}

/** How a file differs from the manifest, for a message; `undefined` if it does not. */
export function differenceOf(file: ManifestFile, found: Pick<ManifestFile, "size" | "sha256">): string | undefined {
  if (found.size !== file.size) return `has ${found.size} bytes; the manifest says ${file.size}`;
  if (found.sha256 !== file.sha256) return `has SHA-256 ${found.sha256}; the manifest says ${file.sha256}`;
  return undefined;
}
