import type { BigIntStats } from "node:fs";
import {
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { TricastError } from "@tricast/core";
import { compareKeys } from "../keys.ts";
import type { ObjectBody, ObjectInfo, ObjectStore, ReadOptions, ReadResult, WriteOptions } from "../object-store.ts";
import { checkKey } from "../uri.ts";
import { conflict, missing } from "./errors.ts";
import { holdTurn } from "./file-turn.ts";

/** Files of this driver that are no objects begin so. */
export const HIDDEN = ".tricast-";

const READ_BYTES = 256 * 1024;

/**
 * A folder as a store. A write goes to a hidden file beside its target, is flushed to the disk and renamed.
 * Writers, also in other processes, take turns by the version they replace, so a conditional write is never lost.
 */
export function createFileStore({ path }: { readonly path: string }): ObjectStore {
  const root = resolve(path);
  const toPath = (key: string) => join(root, ...checkKey(key).split("/"));

  const head = async (key: string): Promise<ObjectInfo | undefined> => {
    const stats = await statFile(toPath(key));
    return stats && toInfo(key, stats);
  };

  const write = async (key: string, body: ObjectBody, options: WriteOptions): Promise<ObjectInfo> => {
    const path = toPath(key);
    const temporary = await writeBeside(path, body);
    try {
      for (;;) {
        options.signal?.throwIfAborted();
        const before = await statFile(path);
        if (options.ifMatch !== undefined && options.ifMatch !== (before ? toTag(before) : null)) throw conflict(path);
        const written = await put(path, temporary, before);
        if (written !== undefined) return toInfo(key, written);
      }
    } finally {
      await rm(temporary, { force: true });
    }
  };

  const remove = async (key: string): Promise<void> => {
    const path = toPath(key);
    for (let before = await statFile(path); before !== undefined; before = await statFile(path)) {
      if (await replace(path, before, () => unlink(path))) break;
    }
    await removeEmptyFolders(dirname(path), root);
  };

  return {
    uri: root,
    head: (key) => guard(root, "read", () => head(key)),
    read: (key, options = {}) => guard(root, "read", () => read(key, toPath(key), options)),
    write: (key, body, options = {}) => guard(root, "write", () => write(key, body, options)),
    list: (prefix) => list(root, prefix),
    delete: (key) => guard(root, "write", () => remove(key)),
  };
}

async function read(key: string, path: string, options: ReadOptions): Promise<ReadResult | undefined> {
  const file = await open(path, "r").catch((error) => {
    throw isMissing(error) ? missing(path) : error;
  });
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw missing(path);
    const info = toInfo(key, stats);
    if (options.ifNoneMatch === info.tag) {
      await file.close();
      return undefined;
    }
    if (options.ifMatch !== undefined && options.ifMatch !== info.tag) throw conflict(path);
    return { info, body: stream(file, path, info, options) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function* stream(
  file: Awaited<ReturnType<typeof open>>,
  path: string,
  info: ObjectInfo,
  { range = { start: 0, end: info.size }, signal }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  try {
    const end = Math.min(range.end, info.size);
    for (let position = range.start; position < end; ) {
      signal?.throwIfAborted();
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - position));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
      // Our own writes never touch an open file; another program's may.
      if (bytesRead === 0) throw conflict(path);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    const after = await file.stat({ bigint: true });
    if (after.size !== BigInt(info.size) || toTag(after) !== info.tag) throw conflict(path);
  } finally {
    await file.close();
  }
}

/** A reader that opened the file before a writer renamed over it still holds the old bytes: only its link count changed. */
function toTag({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}`;
}

function toInfo(key: string, stats: BigIntStats): ObjectInfo {
  return { key, size: Number(stats.size), tag: toTag(stats), modified: Number(stats.mtimeMs) };
}

async function statFile(path: string): Promise<BigIntStats | undefined> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isFile() ? stats : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function writeBeside(path: string, body: ObjectBody): Promise<string> {
  const temporary = join(dirname(path), `${HIDDEN}${process.pid}-${Math.random().toString(36).slice(2)}.part`);
  for (let tries = 1; ; tries++) {
    await mkdir(dirname(path), { recursive: true });
    try {
      if (body instanceof Uint8Array) await writeFile(temporary, body, { flush: true });
      else await copyFlushed(body.path, temporary);
      return temporary;
    } catch (error) {
      await rm(temporary, { force: true });
      // A delete beside us may have removed the folder as empty.
      const retry =
        tries < 3 && isMissing(error) && (body instanceof Uint8Array || (await statFile(body.path)) !== undefined);
      if (!retry) throw error;
    }
  }
}

async function copyFlushed(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts `temporary` in the place of the version `before`. Resolves to `undefined` when that is no longer there. */
async function put(path: string, temporary: string, before: BigIntStats | undefined): Promise<BigIntStats | undefined> {
  await stamp(temporary, before);
  const written = await stat(temporary, { bigint: true });
  const done = before === undefined ? create(path, temporary) : replace(path, before, () => rename(temporary, path));
  return (await done) ? written : undefined;
}

/** A link never replaces a file, so of several writers one succeeds. */
async function create(path: string, temporary: string): Promise<boolean> {
  try {
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  await flushFolder(dirname(path));
  return true;
}

function replace(path: string, before: BigIntStats, change: () => Promise<void>): Promise<boolean> {
  return holdTurn(path, toTag(before), async () => {
    const now = await statFile(path);
    if (now === undefined || toTag(now) !== toTag(before)) return false;
    await change();
    await flushFolder(dirname(path));
    return true;
  });
}

/** Time of change always grows along a file's versions, so that no tag ever comes back however fast they follow each other. */
async function stamp(temporary: string, before: BigIntStats | undefined): Promise<void> {
  const seconds = Math.max(Date.now() / 1_000, before === undefined ? 0 : Number(before.mtimeMs) / 1_000 + 0.002);
  await utimes(temporary, seconds, seconds);
}

async function flushFolder(path: string): Promise<void> {
  // Windows cannot open a folder; its file system orders renames itself.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let path = folder; path !== root && path.startsWith(root); path = dirname(path)) {
    try {
      await rmdir(path);
    } catch {
      return;
    }
  }
}

async function* list(root: string, prefix: string): AsyncGenerator<ObjectInfo> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const keys = await guard(root, "read", () => walk(root, folder.replace(/\/$/, ""), prefix));
  for (const key of keys.sort(compareKeys)) {
    const stats = await guard(root, "read", () => statFile(join(root, key)));
    // Deleted since the walk.
    if (stats !== undefined) yield toInfo(key, stats);
  }
}

async function walk(root: string, folder: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readFolder(join(root, folder))) {
    if (entry.name.startsWith(HIDDEN)) continue;
    const key = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (key.startsWith(prefix) || prefix.startsWith(`${key}/`)) found.push(...(await walk(root, key, prefix)));
    } else if (key.startsWith(prefix)) found.push(key);
  }
  return found;
}

async function readFolder(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}

async function guard<T>(root: string, verb: "read" | "write", task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw translate(error, root, verb);
  }
}

function translate(error: unknown, root: string, verb: "read" | "write"): unknown {
  const { code, path = root } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return new TricastError("store-denied", `may not ${verb} ${path}: ${code}; change its owner or mode`, {
        cause: error,
      });
    case "EROFS":
      return new TricastError("store-denied", `${path} is on a read-only disk; write elsewhere`, { cause: error });
    case "ENOSPC":
    case "EDQUOT":
      return new TricastError("disk-full", `no room to write ${path}; free some or write elsewhere`, { cause: error });
    case "EIO":
    case "ESTALE":
    case "EMFILE":
    case "ENFILE":
      return new TricastError("store-unavailable", `cannot ${verb} ${path}: ${(error as Error).message}`, {
        cause: error,
      });
    default:
      return error;
  }
}
