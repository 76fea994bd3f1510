import { TricastError } from "@tricast/core";
import { fetchObject } from "../fetch-object.ts";
import type { FetchedObject, FetchOptions } from "../fetch-types.ts";
import type { ObjectStore } from "../object-store.ts";
import { openStore } from "../open-store.ts";
import { formatUri, splitUri } from "../uri.ts";
import { chooseVersion, type Weights } from "../versions/choose-version.ts";
import type { Manifest, ManifestFile } from "../versions/manifest.ts";
import { parseReference } from "../versions/names.ts";
import { readManifest } from "../versions/read-manifest.ts";
import { resolve } from "../versions/resolve.ts";
import { withRetries } from "../with-retries.ts";
import { layOut } from "./lay-out.ts";

export interface FetchModelOptions extends Omit<FetchOptions, "sha256" | "size"> {
  /** Paths of a version's files that are wanted, the one to load first. Default: the entry and the files it refers to. */
  readonly select?: ((manifest: Manifest) => readonly string[] | undefined) | undefined;
}

/** One version on this machine. */
export interface FetchedVersion {
  /** `undefined` for a plain object, which has none. */
  readonly version: string | undefined;
  readonly manifest: Manifest | undefined;
  /** The file to load, where there is a disk; those it refers to lie where it expects them. */
  readonly path?: string | undefined;
  /** The file to load, where there is no disk. */
  readonly bytes?: Uint8Array | undefined;
  /** The files are no longer needed: the cache may evict them. */
  release(): void;
}

/** What an address of a model means now. */
export interface TrafficSplit {
  /** Versions and their shares; `undefined` for a plain object. */
  readonly weights: Weights | undefined;
  /** Changes when what is served may have. */
  readonly tag: string | undefined;
}

export interface FetchedModel extends TrafficSplit {
  /** The heaviest first. More than one where an alias splits its traffic. */
  readonly versions: readonly FetchedVersion[];
}

/**
 * The model at `uri`, on this machine.
 *
 * `s3://bucket/models/iris@prod` is a version in a store: the last part is `name`, `name@alias` or `name@version`, what
 * stands before it the store. An address that ends in `.onnx` or `.ort` is a plain object. The first request is sent
 * before this function waits for anything but the driver's import.
 *
 * @throws {TricastError} what `fetchObject` throws; `store-not-found`; `model-invalid` for a manifest or alias that
 * cannot be used.
 */
export async function fetchModel(uri: string, options: FetchModelOptions = {}): Promise<FetchedModel> {
  const { select, ...fetchOptions } = options;
  if (isPlainObject(uri)) {
    const fetched = await fetchObject(uri, fetchOptions);
    return {
      weights: undefined,
      tag: fetched.sha256,
      versions: [{ ...asVersion(fetched), version: undefined, manifest: undefined }],
    };
  }
  const { store, reference } = await openReference(uri, fetchOptions);
  const pending = resolve(store, reference, { key: "", signal: fetchOptions.signal });
  fetchOptions.onSent?.();
  const { name, weights, tag, version: resolved, manifest: known } = await pending;
  const fetch = async (version: string): Promise<FetchedVersion> => {
    const manifest = version === resolved ? known : await readManifest(store, name, version, fetchOptions.signal);
    return fetchVersion(store, manifest, select, { ...fetchOptions, onSent: undefined });
  };
  return { weights, tag, versions: await allOrNone(byWeight(weights).map(fetch)) };
}

/** What the address means now, or `"unchanged"` while `known` is still it. */
export async function recheckModel(
  uri: string,
  known: TrafficSplit,
  options: Pick<FetchOptions, "signal" | "store" | "retryMs"> = {},
): Promise<TrafficSplit | "unchanged"> {
  if (isPlainObject(uri)) return "unchanged";
  const { store, reference } = await openReference(uri, options);
  // A version never changes: only an alias can lead elsewhere.
  const found = await resolve(store, reference, { key: "", ifNoneMatch: known.tag, signal: options.signal });
  return found === "unchanged" ? found : { weights: found.weights, tag: found.tag };
}

/** Index in `versions` of the one that serves `key`, always the same for the same key and weights. */
export function chooseIndex({ weights, versions }: FetchedModel, key: string): number {
  if (weights === undefined || versions.length < 2) return 0;
  const chosen = chooseVersion(weights, key);
  return Math.max(
    0,
    versions.findIndex(({ version }) => version === chosen),
  );
}

/** A file by its ending; everything else in a store is a reference to a version. */
export function isPlainObject(uri: string): boolean {
  return /\.(onnx|ort)(\?.*)?$/.test(uri);
}

async function openReference(
  uri: string,
  { store: options, retryMs, signal }: Pick<FetchOptions, "store" | "retryMs" | "signal">,
): Promise<{ readonly store: ObjectStore; readonly reference: string }> {
  const { folder, key } = splitUri(uri);
  parseReference(key);
  const store = withRetries(await openStore(formatUri(folder), options), { baseMs: retryMs, signal });
  return { store, reference: key };
}

/** When one fails, what the others brought is given back. */
async function allOrNone(pending: readonly Promise<FetchedVersion>[]): Promise<FetchedVersion[]> {
  const settled = await Promise.allSettled(pending);
  const failed = settled.find((result) => result.status === "rejected");
  const fetched = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (failed === undefined) return fetched;
  for (const { release } of fetched) release();
  throw failed.reason;
}

function byWeight(weights: Weights): string[] {
  return Object.entries(weights)
    .sort(([, a], [, b]) => b - a)
    .map(([version]) => version);
}

async function fetchVersion(
  store: ObjectStore,
  manifest: Manifest,
  select: FetchModelOptions["select"],
  options: FetchOptions,
): Promise<FetchedVersion> {
  const { name, version } = manifest;
  const wanted = (select?.(manifest) ?? originalFiles(manifest)).map((path) => fileOf(manifest, path));
  const settled = await Promise.allSettled(
    wanted.map(({ path, sha256, size }) =>
      fetchObject({ store, key: `${name}/${version}/${path}` }, { ...options, sha256, size }),
    ),
  );
  const fetched = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const release = () => {
    for (const file of fetched) file.release();
  };
  try {
    for (const result of settled) if (result.status === "rejected") throw result.reason;
    const entry = fetched[0] as FetchedObject;
    if (fetched.length === 1) return { version, manifest, path: entry.path, bytes: entry.bytes, release };
    return { version, manifest, path: await layOut(manifest, wanted, fetched), release };
  } catch (error) {
    release();
    throw error;
  }
}

function originalFiles({ entry, files }: Manifest): string[] {
  return [entry, ...files.filter(({ path, role }) => path !== entry && role !== "optimized").map(({ path }) => path)];
}

function fileOf(manifest: Manifest, path: string): ManifestFile {
  const file = manifest.files.find((candidate) => candidate.path === path);
  if (file !== undefined) return file;
  throw new TricastError(
    "model-invalid",
    `${manifest.name}@${manifest.version} has no file ${JSON.stringify(path)}; its manifest lists ${manifest.files.map((other) => other.path).join(", ")}`,
  );
}

function asVersion(fetched: FetchedObject): Pick<FetchedVersion, "path" | "bytes" | "release"> {
  return { path: fetched.path, bytes: fetched.bytes, release: fetched.release };
}
