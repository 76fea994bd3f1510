import { randomBytes } from "node:crypto";
import { open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve as resolvePath } from "node:path";
import { TricastError } from "@tricast/core";
import { makeFolder, show } from "@tricast/core/adapter";
import { digest, digestFile } from "../digest.ts";
import { systemCode } from "../error-codes.ts";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { formatManifest, type Manifest, type ManifestFile } from "../versions/manifest.ts";
import { fileKey, MANIFEST_FILE } from "../versions/names.ts";
import { resolve } from "../versions/resolve.ts";
import { withSignal } from "../with-signal.ts";
import { readObject } from "./read-object.ts";
import { differenceOf } from "./verify.ts";

export interface PullOptions {
  /** Replaces a folder with other content. Default false. */
  readonly replace?: boolean | undefined;
  /** Chooses among the versions of a weighted alias. Default: a random key. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each download, with its size in bytes. */
  readonly onDownload?: ((path: string, size: number) => void) | undefined;
}

export interface PullResult {
  readonly manifest: Manifest;
  /** Absolute path of the folder, with the files of the version and its `model.json`. */
  readonly folder: string;
  /** False if the folder already had exactly this version. */
  readonly downloaded: boolean;
}

/**
 * Copies one version into `folder`. The files are downloaded to a hidden folder next to it and compared with the
 * manifest's digests. Then the hidden folder is renamed.
 *
 * @throws {TricastError} the errors of `resolve`; `digest-mismatch` if a file differs from the manifest; `invalid-option`
 * if the folder has other content; `disk-full`.
 */
export async function pull(
  store: ObjectStore,
  reference: string,
  folder: string,
  options: PullOptions = {},
): Promise<PullResult> {
  const bound = withSignal(store, options.signal);
  const { manifest } = await resolve(bound, reference, options);
  const target = resolvePath(folder);
  if (await hasAlready(target, manifest, options)) return { manifest, folder: target, downloaded: false };
  makeFolder(dirname(target));
  await removeAbandoned(target);
  const gathered = join(dirname(target), `${hiddenPrefix(target)}${randomBytes(6).toString("hex")}`);
  try {
    await gather(bound, manifest, gathered, options);
    const downloaded = await putInPlace(gathered, target, () => hasAlready(target, manifest, options));
    return { manifest, folder: target, downloaded };
  } catch (error) {
    throw systemCode(error) === "ENOSPC" ? full(target, manifest, error) : error;
  } finally {
    await rm(gathered, { recursive: true, force: true });
  }
}

/**
 * Whether the folder has exactly this version.
 * @throws {TricastError} `invalid-option` for other content, unless a folder may be replaced.
 */
async function hasAlready(target: string, manifest: Manifest, { replace }: PullOptions): Promise<boolean> {
  const before = await contentOf(target, manifest);
  if (before === "same") return true;
  if (before === "file") throw occupied(target, manifest, "it is not a folder; name another");
  if (before === "other" && replace !== true) throw occupied(target, manifest);
  return false;
}

/** Renames of other pulls into the same folder that may come first. */
const ATTEMPTS = 20;

/**
 * Renames the gathered folder. A folder that is in its place is moved away first.
 * @param isDone whether another pull of the same version has come first.
 * @returns whether the gathered folder is in place.
 */
async function putInPlace(gathered: string, target: string, isDone: () => Promise<boolean>): Promise<boolean> {
  const away = `${gathered}-last`;
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(gathered, target);
      return true;
    } catch (error) {
      if (attempt === ATTEMPTS || !["ENOTEMPTY", "EEXIST"].includes(systemCode(error))) throw error;
    }
    if (await isDone()) return false;
    await rename(target, away).catch(ignoreAbsent);
    await rm(away, { recursive: true, force: true });
  }
}

function ignoreAbsent(error: unknown): void {
  if (systemCode(error) !== "ENOENT") throw error;
}

async function gather(store: ObjectStore, manifest: Manifest, folder: string, options: PullOptions): Promise<void> {
  for (const file of manifest.files) {
    options.onDownload?.(file.path, file.size);
    await download(store, manifest, file, join(folder, file.path));
  }
  await writeFile(join(folder, MANIFEST_FILE), formatManifest(manifest));
}

async function download(store: ObjectStore, manifest: Manifest, file: ManifestFile, to: string): Promise<void> {
  const key = fileKey(manifest, file.path);
  makeFolder(dirname(to));
  const handle = await open(to, "wx");
  try {
    const compare = (found: Pick<ManifestFile, "size" | "sha256">) => {
      const difference = differenceOf(file, found);
      if (difference !== undefined) throw mismatch(`${store.uri}/${key}`, difference);
    };
    const checkSize = ({ size }: ObjectInfo) => compare({ ...file, size });
    compare(await digest(readObject(store, key, checkSize), (piece) => handle.writeFile(piece)));
  } finally {
    await handle.close();
  }
}

/** Whether the folder is absent or empty, has exactly this version, has other content, or is not a folder. */
async function contentOf(folder: string, manifest: Manifest): Promise<"free" | "same" | "other" | "file"> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats === undefined) return "free";
  if (!stats.isDirectory()) return "file";
  try {
    if ((await readdir(folder)).length === 0) return "free";
    for (const file of manifest.files) {
      const path = join(folder, file.path);
      const stats = await stat(path);
      // A pipe or a device would be read for ever.
      if (!stats.isFile()) return "other";
      const { size } = stats;
      if (differenceOf(file, { ...file, size }) ?? differenceOf(file, await digestFile(path))) return "other";
    }
    const text = await readFile(join(folder, MANIFEST_FILE), "utf8");
    return text === formatManifest(manifest) ? "same" : "other";
  } catch {
    // A file is absent, or another pull is replacing the folder.
    return "other";
  }
}

const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Removes the hidden folders of pulls into the same folder that were killed. */
async function removeAbandoned(target: string): Promise<void> {
  const prefix = hiddenPrefix(target);
  for (const name of await readdir(dirname(target))) {
    const path = join(dirname(target), name);
    if (!name.startsWith(prefix) || !/^[0-9a-f]{12}(?:-last)?$/.test(name.slice(prefix.length))) continue;
    // Another pull may have removed it.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

function hiddenPrefix(target: string): string {
  return `.${basename(target)}.partial-`;
}

function occupied(
  folder: string,
  { name, version }: Manifest,
  fix = "name another folder, or replace this one (--replace)",
): TricastError {
  return new TricastError("invalid-option", `${show(folder)} has other content than ${name}@${version}; ${fix}`);
}

function mismatch(what: string, difference: string): TricastError {
  const message = `${what} ${difference}; it was changed or damaged after the push`;
  return new TricastError("digest-mismatch", `${message}: push the model again as a new version`);
}

function full(folder: string, { files }: Manifest, cause: unknown): TricastError {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const message = `${folder} has no room for ${bytes} bytes; free some space, or use a folder on another disk`;
  return new TricastError("disk-full", message, { cause });
}
