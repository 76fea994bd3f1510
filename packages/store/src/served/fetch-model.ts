import { TricastError } from "@tricast/core";
import { fetchObject } from "../fetch-object.ts";
import type { FetchedObject, FetchOptions } from "../fetch-types.ts";
import type { ObjectStore } from "../object-store.ts";
import { openStore } from "../open-store.ts";
import { formatUri, splitUri } from "../uri.ts";
import { chooseVersion, type Weights } from "../versions/choose-version.ts";
import type { Manifest, ManifestFile } from "../versions/manifest.ts";
import { fileKey, parseReference } from "../versions/names.ts";
import { readManifest } from "../versions/read-manifest.ts";
import { resolve } from "../versions/resolve.ts";
import { withRetries } from "../with-retries.ts";
import { withSignal } from "../with-signal.ts";
import { layOut } from "./lay-out.ts";

export interface FetchModelOptions extends Omit<FetchOptions, "sha256" | "size"> {
  /** Chooses the paths of a version's files, the file to load first. Default: the entry and the files that it refers to. */
  readonly select?: ((manifest: Manifest) => readonly string[] | undefined) | undefined;
}

/** One version on this machine. */
export interface FetchedVersion {
  /** `undefined` for a plain object. */
  readonly version: string | undefined;
  readonly manifest: Manifest | undefined;
  /** The file to load, if it is on a disk. The files that it refers to have the right paths next to it. */
  readonly path?: string | undefined;
  /** The file to load, if no disk can hold it. */
  readonly bytes?: Uint8Array | undefined;
  /** Call it when the files are no longer needed, so that the cache may evict them. */
  release(): void;
}

/** The current versions of an address. */
export interface TrafficSplit {
  /** Versions and their shares; `undefined` for a plain object. */
  readonly weights: Weights | undefined;
  /** Changes whenever the versions or weights may have changed. */
  readonly tag: string | undefined;
}

export interface FetchedModel extends TrafficSplit {
  /** The version with the greatest weight first. More than one version if an alias splits its traffic. */
  readonly versions: readonly FetchedVersion[];
}

/**
 * Fetches the model at `uri` to this machine.
 *
 * `s3://bucket/models/iris@prod` is a version in a store. The last part is `name`, `name@alias` or `name@version`, the
 * part before it is the store. An address that ends in `.onnx` or `.ort` is a plain object. Before the first request is
 * sent, this function waits only for the driver's import.
 *
 * @throws {TricastError} the errors of `fetchObject`; `store-not-found`; `model-invalid` for a manifest or `aliases.json`
 * that is not valid.
 */
export async function fetchModel(uri: string, options: FetchModelOptions = {}): Promise<FetchedModel> {
  const { select, ...fetchOptions } = options;
  if (isPlainObject(uri)) {
    const { path, bytes, release, sha256: tag } = await fetchObject(uri, fetchOptions);
    return { weights: undefined, tag, versions: [{ version: undefined, manifest: undefined, path, bytes, release }] };
  }
  const { store, reference } = await openReference(uri, fetchOptions);
  const pending = resolve(store, reference, { key: "" });
  fetchOptions.onSent?.();
  const { name, weights, tag, version: resolved, manifest: known } = await pending;
  const fetch = async (version: string): Promise<FetchedVersion> => {
    const manifest = version === resolved ? known : await readManifest(store, name, version);
    return fetchVersion(store, manifest, select, { ...fetchOptions, onSent: undefined });
  };
  return { weights, tag, versions: await allOrNone(byWeight(weights).map(fetch)) };
}

/** The current versions of the address, or `"unchanged"` if they are those of `known`. */
export async function recheckModel(
  uri: string,
  known: TrafficSplit,
  options: Pick<FetchOptions, "signal" | "store" | "retryMs"> = {},
): Promise<TrafficSplit | "unchanged"> {
  if (isPlainObject(uri)) return "unchanged";
  const { store, reference } = await openReference(uri, options);
  // A version never changes, only an alias.
  const found = await resolve(store, reference, { key: "", ifNoneMatch: known.tag });
  return found === "unchanged" ? found : { weights: found.weights, tag: found.tag };
}

/** Index in `versions` of the version that serves `key`. The same key and weights always give the same index. */
export function chooseIndex({ weights, versions }: FetchedModel, key: string): number {
  if (weights === undefined || versions.length < 2) return 0;
  const chosen = chooseVersion(weights, key);
  const index = versions.findIndex(({ version }) => version === chosen);
  return Math.max(0, index);
}

/** Whether the address is a file, by its extension. Any other address is a reference to a version. */
function isPlainObject(uri: string): boolean {
  return /\.(onnx|ort)(\?.*)?$/.test(uri);
}

async function openReference(
  uri: string,
  { store: options, retryMs, signal }: Pick<FetchOptions, "store" | "retryMs" | "signal">,
): Promise<{ readonly store: ObjectStore; readonly reference: string }> {
  const { folder, key } = splitUri(uri);
  parseReference(key);
  const store = withRetries(await openStore(formatUri(folder), options), { baseMs: retryMs, signal });
  return { store: withSignal(store, signal), reference: key };
}

/** Waits for all. If one fails, the others are released. */
async function allOrNone<T extends { release(): void }>(pending: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(pending);
  const failed = settled.find((result) => result.status === "rejected");
  const fetched = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (failed === undefined) return fetched;
  releaseAll(fetched);
  throw failed.reason;
}

function releaseAll(fetched: readonly { release(): void }[]): void {
  for (const { release } of fetched) release();
}

function byWeight(weights: Weights): string[] {
  const sorted = Object.entries(weights).sort(([, a], [, b]) => b - a);
  return sorted.map(([version]) => version);
}

async function fetchVersion(
  store: ObjectStore,
  manifest: Manifest,
  select: FetchModelOptions["select"],
  options: FetchOptions,
): Promise<FetchedVersion> {
  const { version } = manifest;
  const wanted = (select?.(manifest) ?? originalFiles(manifest)).map((path) => fileOf(manifest, path));
  const fetched = await allOrNone(
    wanted.map(({ path, sha256, size }) => {
      return fetchObject({ store, key: fileKey(manifest, path) }, { ...options, sha256, size });
    }),
  );
  const release = () => releaseAll(fetched);
  const [entry] = fetched as [FetchedObject];
  if (fetched.length === 1) return { version, manifest, path: entry.path, bytes: entry.bytes, release };
  try {
    return { version, manifest, path: await layOut(manifest, wanted, fetched), release };
  } catch (error) {
    release();
    throw error;
  }
}

function originalFiles({ entry, files }: Manifest): string[] {
  return [entry, ...files.filter(({ path, role }) => path !== entry && role !== "optimized").map(({ path }) => path)];
}

function fileOf({ name, version, files }: Manifest, path: string): ManifestFile {
  const file = files.find((candidate) => candidate.path === path);
  if (file !== undefined) return file;
  const known = files.map((other) => other.path).join(", ");
  const message = `${name}@${version} has no file ${JSON.stringify(path)}; its manifest lists ${known}`;
  throw new TricastError("model-invalid", message);
}
