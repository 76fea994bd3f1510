import { isDeepStrictEqual } from "node:util";
import { isTricastError, TricastError } from "@tricast/core";
import { digest } from "../digest.ts";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { readAliases } from "../versions/aliases.ts";
import { formatManifest, type Manifest } from "../versions/manifest.ts";
import { manifestKey } from "../versions/names.ts";
import { findManifest } from "../versions/read-manifest.ts";
import { checkUntouched, completeDraft, type Draft, type DraftFile } from "./draft.ts";
import { listFolders } from "./list-folders.ts";
import type { PushOptions, PushResult } from "./push-options.ts";
import { readObject } from "./read-object.ts";

/**
 * Uploads a draft under `version`. Nothing is ever overwritten, so two uploads of one version cannot mix: the second
 * finds a file of other content, or the manifest.
 * @throws {TricastError} `store-conflict` when the version, or its name, is taken by other content.
 */
export async function uploadVersion(
  store: ObjectStore,
  draft: Draft,
  version: string,
  options: PushOptions,
): Promise<PushResult> {
  const manifest = completeDraft(draft, version);
  const existing = await findManifest(store, manifest.name, version, options.signal);
  if (existing !== undefined) return sameOrConflict(existing, manifest);
  await refuseRetired(store, manifest);
  if (options.replaceUnfinished === true) await deleteUnfinished(store, manifest, options.signal);
  const reused: ObjectInfo[] = [];
  for (const file of draft.files) {
    options.onUpload?.(file.path, file.size);
    const found = await uploadFile(store, manifest, file, options.signal);
    if (found !== undefined) reused.push(found);
  }
  // The version is as old as the moment in which it can be seen: an upload that takes hours is not old on arrival.
  return publish(store, { ...manifest, created: new Date().toISOString() }, reused, options.signal);
}

/** @returns what an unfinished push left, where that is the same and was not uploaded again. */
async function uploadFile(
  store: ObjectStore,
  { name, version }: Manifest,
  file: DraftFile,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo | undefined> {
  const key = `${name}/${version}/${file.path}`;
  try {
    await store.write(key, { path: file.from }, { ifMatch: null, signal });
  } catch (error) {
    if (!isTricastError(error) || error.code !== "store-conflict") throw error;
    const found = await findSame(store, key, file, signal);
    if (found === undefined) throw leftover(store, name, version, key, error);
    return found;
  }
  try {
    checkUntouched(file);
  } catch (error) {
    await store.delete(key, signal);
    throw error;
  }
  return undefined;
}

async function findSame(
  store: ObjectStore,
  key: string,
  { size, sha256 }: DraftFile,
  signal: AbortSignal | undefined,
): Promise<ObjectInfo | undefined> {
  const info = await store.head(key, signal);
  if (info?.size !== size) return undefined;
  try {
    return (await digest(readObject(store, key, signal))).sha256 === sha256 ? info : undefined;
  } catch (error) {
    // A prune was faster.
    if (isTricastError(error) && error.code === "store-not-found") return undefined;
    throw error;
  }
}

/** The moment in which the version begins to exist. */
async function publish(
  store: ObjectStore,
  manifest: Manifest,
  reused: readonly ObjectInfo[],
  signal: AbortSignal | undefined,
): Promise<PushResult> {
  const { name, version } = manifest;
  const key = manifestKey(name, version);
  try {
    await store.write(key, Buffer.from(formatManifest(manifest)), { ifMatch: null, signal });
  } catch (error) {
    if (!isTricastError(error) || error.code !== "store-conflict") throw error;
    const existing = await findManifest(store, name, version, signal);
    if (existing === undefined) throw error;
    return sameOrConflict(existing, manifest);
  }
  // A prune marks a version, then looks for its manifest, then deletes. So one that has begun is seen by its mark, one
  // that has ended by what is gone, and one that begins now sees the manifest.
  try {
    await refuseRetired(store, manifest);
    for (const { key, tag } of reused) {
      if ((await store.head(key, signal))?.tag !== tag) throw leftover(store, name, version, key);
    }
  } catch (error) {
    await store.delete(key, signal);
    throw error;
  }
  return { manifest, created: true };
}

async function refuseRetired(store: ObjectStore, { name, version }: Manifest): Promise<void> {
  const { aliases } = await readAliases(store, name);
  if (aliases.retired?.includes(version) !== true) return;
  throw new TricastError(
    "store-conflict",
    `${name}@${version} is being deleted by a prune; push under another version, or run "tricast models prune" to its end first`,
  );
}

/** Only a folder without manifest: what is visible is never touched. */
async function deleteUnfinished(
  store: ObjectStore,
  { name, version }: Manifest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [model] = await listFolders(store, name, signal);
  const folder = model?.versions.find((one) => one.version === version);
  if (folder === undefined || folder.manifest !== undefined) return;
  for (const { key } of folder.objects) await store.delete(key, signal);
}

function sameOrConflict(existing: Manifest, manifest: Manifest): PushResult {
  const { created: _existing, ...before } = existing;
  const { created: _now, ...after } = manifest;
  if (isDeepStrictEqual(before, after)) return { manifest: existing, created: false };
  throw new TricastError(
    "store-conflict",
    `${manifest.name}@${manifest.version} exists already, with other content; versions never change: push under ` +
      "another one, or under none to get the next number",
  );
}

function leftover(store: ObjectStore, name: string, version: string, key: string, cause?: unknown): TricastError {
  return new TricastError(
    "store-conflict",
    `${store.uri}/${key} is of a push of ${name}@${version} that is running or was cut off, with other content, or is ` +
      "being pruned; push under another version, or, when no such push is running, replace what it left (--replace-unfinished)",
    { cause },
  );
}
