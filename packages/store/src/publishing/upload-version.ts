import { isDeepStrictEqual } from "node:util";
import { TricastError } from "@tricast/core";
import { digest } from "../digest.ts";
import { hasCode } from "../error-codes.ts";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { readAliases } from "../versions/aliases.ts";
import { formatManifest, type Manifest } from "../versions/manifest.ts";
import { fileKey, manifestKey } from "../versions/names.ts";
import { findManifest } from "../versions/read-manifest.ts";
import { checkUntouched, completeDraft, type Draft, type DraftFile } from "./draft.ts";
import { listFolders } from "./list-folders.ts";
import type { PushOptions, PushResult } from "./push-options.ts";
import { readObject } from "./read-object.ts";

/**
 * Uploads a draft as `version`. No object is ever overwritten, so two uploads of one version cannot mix: the second
 * finds a file with other content, or the manifest.
 * @throws {TricastError} `store-conflict` if the version exists with other content.
 */
export async function uploadVersion(
  store: ObjectStore,
  draft: Draft,
  version: string,
  options: PushOptions,
): Promise<PushResult> {
  const manifest = completeDraft(draft, version);
  const existing = await findManifest(store, manifest.name, version);
  if (existing !== undefined) return sameOrConflict(existing, manifest);
  await refuseRetired(store, manifest);
  if (options.replaceUnfinished === true) await deleteUnfinished(store, manifest);
  const reused: ObjectInfo[] = [];
  for (const file of draft.files) {
    options.onUpload?.(file.path, file.size);
    const found = await uploadFile(store, manifest, file);
    if (found !== undefined) reused.push(found);
  }
  // A version is created when it becomes visible, even if its upload took hours.
  return publish(store, { ...manifest, created: new Date().toISOString() }, reused);
}

/** @returns the object of an unfinished push, if it has the same content and was not uploaded again. */
async function uploadFile(store: ObjectStore, manifest: Manifest, file: DraftFile): Promise<ObjectInfo | undefined> {
  const key = fileKey(manifest, file.path);
  try {
    await store.write(key, { path: file.from }, { ifMatch: null });
  } catch (error) {
    if (!hasCode(error, "store-conflict")) throw error;
    const found = await findSame(store, key, file);
    if (found === undefined) throw leftover(store, manifest, key, error);
    return found;
  }
  await deleteOnError(store, key, async () => checkUntouched(file));
  return undefined;
}

async function findSame(store: ObjectStore, key: string, file: DraftFile): Promise<ObjectInfo | undefined> {
  const info = await store.head(key);
  if (info?.size !== file.size) return undefined;
  try {
    return (await digest(readObject(store, key))).sha256 === file.sha256 ? info : undefined;
  } catch (error) {
    // A prune deleted it.
    if (hasCode(error, "store-not-found")) return undefined;
    throw error;
  }
}

/** Writes the manifest, which makes the version exist. */
async function publish(store: ObjectStore, manifest: Manifest, reused: readonly ObjectInfo[]): Promise<PushResult> {
  const { name, version } = manifest;
  const key = manifestKey(name, version);
  try {
    await store.write(key, Buffer.from(formatManifest(manifest)), { ifMatch: null });
  } catch (error) {
    const existing = hasCode(error, "store-conflict") ? await findManifest(store, name, version) : undefined;
    if (existing === undefined) throw error;
    return sameOrConflict(existing, manifest);
  }
  // A prune marks a version, then looks for its manifest, then deletes. A prune that has begun is visible by its mark.
  // After a prune that has finished, objects are missing. A prune that begins now finds the manifest.
  await deleteOnError(store, key, async () => {
    await refuseRetired(store, manifest);
    for (const { key, tag } of reused) {
      if ((await store.head(key))?.tag !== tag) throw leftover(store, manifest, key);
    }
  });
  return { manifest, created: true };
}

async function deleteOnError(store: ObjectStore, key: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    await store.delete(key);
    throw error;
  }
}

async function refuseRetired(store: ObjectStore, { name, version }: Manifest): Promise<void> {
  const { aliases } = await readAliases(store, name);
  if (aliases.retired?.includes(version) !== true) return;
  const fix = 'push as another version, or run "tricast models prune" to finish it first';
  throw new TricastError("store-conflict", `${name}@${version} is being deleted by a prune; ${fix}`);
}

/** Only in a folder without manifest: a visible version is never changed. */
async function deleteUnfinished(store: ObjectStore, { name, version }: Manifest): Promise<void> {
  const [model] = await listFolders(store, name);
  const folder = model?.versions.find((one) => one.version === version);
  if (folder === undefined || folder.manifest !== undefined) return;
  for (const { key } of folder.objects) await store.delete(key);
}

function sameOrConflict(existing: Manifest, manifest: Manifest): PushResult {
  const { created } = existing;
  if (isDeepStrictEqual(existing, { ...manifest, created })) return { manifest: existing, created: false };
  const message = `${manifest.name}@${manifest.version} already exists with other content, and versions never change`;
  throw new TricastError("store-conflict", `${message}; push as another version, or without a version`);
}

function leftover(store: ObjectStore, { name, version }: Manifest, key: string, cause?: unknown): TricastError {
  const state = `${store.uri}/${key} has other content, from a push of ${name}@${version} that is running or did not finish`;
  const fix = "push as another version, or, if no such push is running, replace its files (--replace-unfinished)";
  return new TricastError("store-conflict", `${state}, or it is being pruned; ${fix}`, { cause });
}
