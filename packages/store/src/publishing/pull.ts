import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve as resolvePath } from "node:path";
import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import { digest } from "../digest.ts";
import type { ObjectStore } from "../object-store.ts";
import { formatManifest, type Manifest, type ManifestFile } from "../versions/manifest.ts";
import { MANIFEST_FILE } from "../versions/names.ts";
import { resolve } from "../versions/resolve.ts";
import { readObject } from "./read-object.ts";
import { differenceOf } from "./verify.ts";

export interface PullOptions {
  /** Replaces a folder that is there and holds something else. Default false. */
  readonly replace?: boolean | undefined;
  /** Chooses among the versions of a weighted alias. Default: a random one. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each download, with its size in bytes. */
  readonly onDownload?: ((path: string, size: number) => void) | undefined;
}

export interface PullResult {
  readonly manifest: Manifest;
  /** Absolute path of the folder, with the files of the version and its `model.json`. */
  readonly folder: string;
  /** False when the folder had exactly this version already. */
  readonly downloaded: boolean;
}

/**
 * Copies one version into `folder`. Every byte is compared with the manifest's digests before the folder appears: the
 * files are gathered in a hidden folder beside it, which takes its place at the end.
 *
 * @throws {TricastError} what `resolve` throws; `digest-mismatch` when a file is not what the manifest promises;
 * `invalid-option` when the folder holds something else; `disk-full`.
 */
export async function pull(
  store: ObjectStore,
  reference: string,
  folder: string,
  options: PullOptions = {},
): Promise<PullResult> {
  const { manifest } = await resolve(store, reference, options);
  const target = resolvePath(folder);
  const before = await contentOf(target, manifest);
  if (before === "same") return { manifest, folder: target, downloaded: false };
  if (before === "other" && options.replace !== true) throw occupied(target, manifest);
  await mkdir(dirname(target), { recursive: true });
  await removeAbandoned(target);
  const gathered = join(dirname(target), `${hiddenPrefix(target)}${randomBytes(6).toString("hex")}`);
  try {
    await gather(store, manifest, gathered, options);
    if (before === "other") await rm(target, { recursive: true });
    await rename(gathered, target);
  } catch (error) {
    await rm(gathered, { recursive: true, force: true });
    throw (error as NodeJS.ErrnoException).code === "ENOSPC" ? full(target, manifest, error) : error;
  }
  return { manifest, folder: target, downloaded: true };
}

async function gather(store: ObjectStore, manifest: Manifest, folder: string, options: PullOptions): Promise<void> {
  for (const file of manifest.files) {
    options.onDownload?.(file.path, file.size);
    await download(store, manifest, file, join(folder, file.path), options.signal);
  }
  await writeFile(join(folder, MANIFEST_FILE), formatManifest(manifest));
}

async function download(
  store: ObjectStore,
  { name, version }: Manifest,
  file: ManifestFile,
  to: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const handle = await open(to, "wx");
  try {
    const pieces = readObject(store, `${name}/${version}/${file.path}`, signal);
    const difference = differenceOf(file, await digest(pieces, (piece) => handle.writeFile(piece)));
    if (difference !== undefined) throw mismatch(store, `${name}/${version}/${file.path}`, difference);
  } finally {
    await handle.close();
  }
}

/** Whether the folder is free, has exactly this version, or something else. */
async function contentOf(folder: string, manifest: Manifest): Promise<"free" | "same" | "other"> {
  const names = await readdir(folder, { recursive: true }).catch(() => undefined);
  if (names === undefined) return (await exists(folder)) ? "other" : "free";
  if (names.length === 0) return "free";
  for (const file of manifest.files) {
    const path = join(folder, file.path);
    if (!(await exists(path))) return "other";
    if (differenceOf(file, await digest(createReadStream(path))) !== undefined) return "other";
  }
  const text = await readFile(join(folder, MANIFEST_FILE), "utf8").catch(() => undefined);
  return text === formatManifest(manifest) ? "same" : "other";
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** What pulls into the same folder left when they were killed. */
async function removeAbandoned(target: string): Promise<void> {
  const prefix = hiddenPrefix(target);
  for (const name of await readdir(dirname(target))) {
    const path = join(dirname(target), name);
    if (!name.startsWith(prefix) || !/^[0-9a-f]{12}$/.test(name.slice(prefix.length))) continue;
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

function hiddenPrefix(target: string): string {
  return `.${basename(target)}.partial-`;
}

function occupied(folder: string, { name, version }: Manifest): TricastError {
  return new TricastError(
    "invalid-option",
    `${show(folder)} holds something other than ${name}@${version}; name another folder, or replace it (--replace)`,
  );
}

function mismatch(store: ObjectStore, key: string, difference: string): TricastError {
  return new TricastError(
    "digest-mismatch",
    `${store.uri}/${key} ${difference}; it was changed or damaged after the push: push the model again as a new version`,
  );
}

function full(folder: string, { files }: Manifest, cause: unknown): TricastError {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return new TricastError("disk-full", `${folder} has no room for ${bytes} bytes; free some, or name another disk`, {
    cause,
  });
}
