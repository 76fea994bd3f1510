import { isTricastError } from "@tricast/core";
import { digest } from "../digest.ts";
import type { ObjectStore } from "../object-store.ts";
import type { Manifest, ManifestFile } from "../versions/manifest.ts";
import { resolve } from "../versions/resolve.ts";
import { readObject } from "./read-object.ts";

export interface VerifiedFile {
  readonly path: string;
  /** What is wrong with it; `undefined` when its bytes are those the manifest promises. */
  readonly problem: string | undefined;
}

export interface VerifyResult {
  readonly manifest: Manifest;
  /** One for each file of the manifest, in its order. */
  readonly files: readonly VerifiedFile[];
}

/**
 * Reads every file of a version again and compares size and SHA-256 with the manifest.
 * @throws {TricastError} what `resolve` throws, and `store-unavailable` or `store-denied` when a file cannot be read;
 * a file that is gone or wrong is a result, not an error.
 */
export async function verify(store: ObjectStore, reference: string, signal?: AbortSignal): Promise<VerifyResult> {
  const { manifest } = await resolve(store, reference, { signal });
  const files: VerifiedFile[] = [];
  for (const file of manifest.files) {
    files.push({ path: file.path, problem: await problemOf(store, manifest, file, signal) });
  }
  return { manifest, files };
}

async function problemOf(
  store: ObjectStore,
  { name, version }: Manifest,
  file: ManifestFile,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return differenceOf(file, await digest(readObject(store, `${name}/${version}/${file.path}`, signal)));
  } catch (error) {
    if (isTricastError(error) && error.code === "store-not-found") return "is not there";
    throw error;
  }
}

/** How a file differs from what the manifest promises. */
export function differenceOf(file: ManifestFile, found: Pick<ManifestFile, "size" | "sha256">): string | undefined {
  if (found.size !== file.size) return `has ${found.size} bytes; the manifest says ${file.size}`;
  if (found.sha256 !== file.sha256) return `has SHA-256 ${found.sha256}; the manifest says ${file.sha256}`;
  return undefined;
}
