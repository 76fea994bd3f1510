import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve as resolvePath } from "node:path";
import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
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
  const before = await contentOf(target, manifest);
  if (before === "same") return { manifest, folder: target, downloaded: false };
  if (before === "other" && options.replace !== true) throw occupied(target, manifest);
  await mkdir(dirname(target), { recursive: true });
  await removeAbandoned(target);
  const gathered = join(dirname(target), `${hiddenPrefix(target)}${randomBytes(6).toString("hex")}`);
  try {
    await gather(bound, manifest, gathered, options);
    if (before === "other") await rm(target, { recursive: true });
    await rename(gathered, target);
  } catch (error) {
    await rm(gathered, { recursive: true, force: true });
    throw systemCode(error) === "ENOSPC" ? full(target, manifest, error) : error;
  }
  return { manifest, folder: target, downloaded: true };
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
  await mkdir(dirname(to), { recursive: true });
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

/** Whether the folder is absent or empty, has exactly this version, or has other content. */
async function contentOf(folder: string, manifest: Manifest): Promise<"free" | "same" | "other"> {
  const names = await readdir(folder, { recursive: true }).catch(() => undefined);
  if (names === undefined) return (await exists(folder)) ? "other" : "free";
  if (names.length === 0) return "free";
  for (const file of manifest.files) {
    const path = join(folder, file.path);
    if (!(await exists(path))) return "other";
    if (differenceOf(file, await digestFile(path)) !== undefined) return "other";
  }
  const text = await readFile(join(folder, MANIFEST_FILE), "utf8").catch(() => undefined);
  return text === formatManifest(manifest) ? "same" : "other";
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Removes the hidden folders of pulls into the same folder that were killed. */
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
  const message = `${show(folder)} has other content than ${name}@${version}`;
  return new TricastError("invalid-option", `${message}; name another folder, or replace this one (--replace)`);
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
