import type { BigIntStats } from "node:fs";
import {
  constants,
  copyFile,
  link,
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
import { makeFolder } from "@tricast/core/adapter";
import { systemCode } from "../error-codes.ts";
import { compareKeys } from "../keys.ts";
import type { ObjectBody, ObjectInfo, ObjectStore, ReadOptions, ReadResult, WriteOptions } from "../object-store.ts";
import { checkKey } from "../uri.ts";
import { conflict, denied, missing, unavailable } from "./errors.ts";
import { holdTurn } from "./file-turn.ts";

/** The beginning of the names of this driver's own files, which are not objects. */
const HIDDEN = ".tricast-";

const READ_BYTES = 256 * 1024;

/**
 * A folder as a store. A write creates a hidden file next to its target, flushes it to the disk and renames it.
 * Writers, also in other processes, take turns for each version that they replace, so a conditional write is never lost.
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
  const file = await open(path, "r").catch(ignoreMissing);
  if (file === undefined) throw missing(path);
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
      // This driver never changes an open file, but another program may.
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

/** Without the time of the inode's change: a rename over an open file changes its link count, but not its bytes. */
function toTag({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}`;
}

function toInfo(key: string, stats: BigIntStats): ObjectInfo {
  return { key, size: Number(stats.size), tag: toTag(stats), modified: Number(stats.mtimeMs) };
}

async function statFile(path: string): Promise<BigIntStats | undefined> {
  const stats = await stat(path, { bigint: true }).catch(ignoreMissing);
  return stats?.isFile() ? stats : undefined;
}

async function writeBeside(path: string, body: ObjectBody): Promise<string> {
  const temporary = join(dirname(path), `${HIDDEN}${process.pid}-${Math.random().toString(36).slice(2)}.part`);
  for (let tries = 1; ; tries++) {
    makeFolder(dirname(path));
    try {
      if (body instanceof Uint8Array) await writeFile(temporary, body, { flush: true });
      else await copyFlushed(body.path, temporary);
      return temporary;
    } catch (error) {
      await rm(temporary, { force: true });
      // A concurrent delete may have removed the empty folder.
      const retry =
        tries < 3 && isMissing(error) && (body instanceof Uint8Array || (await statFile(body.path)) !== undefined);
      if (!retry) throw error;
    }
  }
}

async function copyFlushed(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await flush(to, "r+");
}

async function flush(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Replaces the version `before` by `temporary`. Resolves to `undefined` if that version no longer exists. */
async function put(path: string, temporary: string, before: BigIntStats | undefined): Promise<BigIntStats | undefined> {
  await stamp(temporary, before);
  const written = await stat(temporary, { bigint: true });
  const done = before === undefined ? create(path, temporary) : replace(path, before, () => rename(temporary, path));
  return (await done) ? written : undefined;
}

/** A link never replaces a file, so only one of several writers succeeds. */
async function create(path: string, temporary: string): Promise<boolean> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
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

/** Each version has a later time of change than the one before, so that no tag is ever used again. */
async function stamp(temporary: string, before: BigIntStats | undefined): Promise<void> {
  const seconds = Math.max(Date.now() / 1_000, before === undefined ? 0 : Number(before.mtimeMs) / 1_000 + 0.002);
  await utimes(temporary, seconds, seconds);
}

async function flushFolder(path: string): Promise<void> {
  // Windows cannot open a folder; its file system keeps the order of renames.
  if (process.platform !== "win32") await flush(path, "r");
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
    // `undefined`: deleted since the walk.
    if (stats !== undefined) yield toInfo(key, stats);
  }
}

async function walk(root: string, folder: string, prefix: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(ignoreMissing);
  for (const entry of entries ?? []) {
    if (entry.name.startsWith(HIDDEN)) continue;
    const key = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (key.startsWith(prefix) || prefix.startsWith(`${key}/`)) found.push(...(await walk(root, key, prefix)));
    } else if (key.startsWith(prefix)) found.push(key);
  }
  return found;
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(systemCode(error));
}

function ignoreMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

async function guard<T>(root: string, verb: "read" | "write", task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw translate(error, root, verb);
  }
}

/** No folder can be at this path. */
const UNUSABLE = new Set(["ENOENT", "ENOTDIR", "EEXIST", "EISDIR", "ELOOP", "ENAMETOOLONG", "EINVAL"]);
const BUSY = new Set(["EIO", "ESTALE", "EMFILE", "ENFILE"]);

function translate(error: unknown, root: string, verb: "read" | "write"): unknown {
  const { code = "", message, path = root } = error as NodeJS.ErrnoException;
  const failed = `cannot ${verb} ${path}`;
  if (code === "EACCES" || code === "EPERM") return denied(`${failed}: ${code}; change its owner or mode`, error);
  if (code === "EROFS") return denied(`${failed}: the disk is read-only; use another folder`, error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    const rule = "the disk is full; free some space or use another folder";
    return new TricastError("disk-full", `${failed}: ${rule}`, { cause: error });
  }
  if (UNUSABLE.has(code))
    return new TricastError("invalid-option", `${failed}: ${code}; use another folder`, { cause: error });
  return BUSY.has(code) ? unavailable(failed, message, error) : error;
}
