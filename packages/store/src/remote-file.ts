import { dirname } from "node:path";
import { type Logger, TricastError } from "@tricast/core";
import { type CachedFile, type DiskCache, openDiskCache } from "./cache/disk-cache.ts";
import { retain } from "./cache/in-use.ts";
import { DiskFault, type PartialFile } from "./cache/partial-file.ts";
import { cacheFolder } from "./cache/root.ts";
import { type Destination, type MemoryDestination, memoryDestination } from "./download/destination.ts";
import { download } from "./download/download.ts";
import { showProgress } from "./download/progress.ts";
import type { Download } from "./download/transfer.ts";
import type { FetchedObject, FetchOptions, ObjectAddress } from "./fetch-types.ts";
import type { ObjectStore } from "./object-store.ts";
import { retrying } from "./retry.ts";

/** Downloads in progress in this process, by content or address. */
const flights = new Map<string, Promise<FetchedObject>>();

/** From the cache, else from the store. Concurrent calls for the same object share one download. */
export async function openRemoteFile(address: ObjectAddress, options: FetchOptions): Promise<FetchedObject> {
  const id = [options.cacheDir, options.sha256 ?? address.uri, address.name].join("\0");
  const other = flights.get(id);
  const shared = other && (await join(other, options.signal));
  if (shared !== undefined) return shared;
  const flight = fetchOnce(address, options);
  flights.set(id, flight);
  try {
    return await flight;
  } finally {
    if (flights.get(id) === flight) flights.delete(id);
  }
}

/** @returns `undefined` if the other call failed, because its reason, such as its signal, may not apply here. */
async function join(other: Promise<FetchedObject>, signal?: AbortSignal): Promise<FetchedObject | undefined> {
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  signal?.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
  const found = await Promise.race([other.catch(() => undefined), aborted.promise]);
  return found?.path === undefined ? found : { ...found, release: retain(dirname(found.path)) };
}

async function fetchOnce(address: ObjectAddress, options: FetchOptions): Promise<FetchedObject> {
  const { sha256, signal } = options;
  const cache = await openCache(options);
  if (sha256 !== undefined) {
    const hit = await cache?.find(sha256, address.name);
    if (hit !== undefined) return fromCache(hit, sha256, options);
  }
  const store = await address.open(options.store);
  const known = sha256 === undefined ? await cache?.recall(address.uri) : undefined;
  if (known !== undefined) {
    const info = await retrying(() => store.head(address.key, signal), { signal });
    const hit = info?.tag === known.tag ? await cache?.find(known.sha256, address.name) : undefined;
    if (hit !== undefined) return fromCache(hit, known.sha256, options);
  }
  return fetchFromStore({ store, address, options }, cache);
}

function fromCache(hit: CachedFile, sha256: string, { onSent }: FetchOptions): FetchedObject {
  onSent?.();
  return { ...hit, sha256, from: "cache" };
}

interface Wanted {
  readonly store: ObjectStore;
  readonly address: ObjectAddress;
  readonly options: FetchOptions;
}

async function fetchFromStore(wanted: Wanted, cache: DiskCache | undefined): Promise<FetchedObject> {
  const { address, options } = wanted;
  const progress = showProgress(address.uri, options.log);
  const watched = { ...wanted, options: { ...options, onProgress: options.onProgress ?? progress.update } };
  try {
    const { fetched, retries } = await fetchInto(cache, watched);
    progress.done({ bytes: fetched.size, kept: fetched.path ?? "in memory", retries });
    return fetched;
  } catch (error) {
    progress.done();
    throw error;
  }
}

interface Result {
  readonly fetched: FetchedObject;
  readonly retries: number;
}

/** Into the cache if it has room and its disk works, else into memory. */
async function fetchInto(cache: DiskCache | undefined, { store, address, options }: Wanted): Promise<Result> {
  let file: PartialFile | undefined;
  let memory: MemoryDestination | undefined;
  const openDestination = async (size: number): Promise<Destination> => {
    await file?.discard();
    file = cache && (await createIn(cache, size, options.log));
    if (file !== undefined) return file.destination;
    memory = allocate(address, size);
    return memory;
  };
  try {
    const result = await download({ store, key: address.key, openDestination, options });
    if (file !== undefined && cache !== undefined) return await publish(cache, file, address, result);
    const { bytes } = memory as MemoryDestination;
    const { sha256, retries } = result;
    return { fetched: { bytes, size: bytes.length, sha256, from: "store", release: () => {} }, retries };
  } catch (error) {
    await (file as PartialFile | undefined)?.discard();
    if (!(error instanceof DiskFault) || cache === undefined) throw error;
    warnOnce(options.log, cache.root, error.message);
    return fetchInto(undefined, { store, address, options });
  }
}

async function createIn(cache: DiskCache, size: number, log: Logger | undefined): Promise<PartialFile | undefined> {
  const file = await cache.create(size).catch((cause) => warnOnce(log, cache.root, (cause as Error).message));
  if (file === undefined) warnOnce(log, cache.root, `no room for ${size} bytes`);
  return file;
}

async function publish(cache: DiskCache, file: PartialFile, address: ObjectAddress, result: Download): Promise<Result> {
  const { info, sha256, retries } = result;
  const folder = cache.folderOf(sha256);
  const release = retain(folder);
  try {
    const path = await file.publish(folder, address.name);
    // An empty tag identifies nothing.
    if (info.tag !== "") await cache.remember(address.uri, { tag: info.tag, sha256 });
    return { fetched: { path, size: info.size, sha256, from: "store", release }, retries };
  } catch (error) {
    release();
    throw error;
  }
}

function allocate(address: ObjectAddress, size: number): MemoryDestination {
  try {
    return memoryDestination(size);
  } catch (cause) {
    const message = `${address.uri} has ${size} bytes, which fit neither on the disk nor in memory; give the instance more disk space or memory`;
    throw new TricastError("disk-full", message, { cause });
  }
}

const caches = new Map<string, Promise<DiskCache>>();

async function openCache({ cacheDir, maxCacheBytes, verify, log }: FetchOptions): Promise<DiskCache | undefined> {
  const folder = cacheDir === undefined ? cacheFolder() : (cacheDir ?? undefined);
  if (folder === undefined) return undefined;
  const shared = cacheDir === undefined && !process.env.TRICAST_CACHE_DIR;
  const id = [folder, maxCacheBytes, verify].join("\0");
  try {
    const cache = caches.get(id) ?? openDiskCache(folder, { maxBytes: maxCacheBytes, verify, shared });
    caches.set(id, cache);
    return await cache;
  } catch (error) {
    caches.delete(id);
    warnOnce(log, folder, (error as Error).message);
    return undefined;
  }
}

const warned = new Set<string>();

function warnOnce(log: Logger | undefined, folder: string, why: string): undefined {
  if (warned.has(folder)) return;
  warned.add(folder);
  log?.warn("model kept in memory: the disk cache cannot be used", { folder, why });
}
