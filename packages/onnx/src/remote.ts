import { existsSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { TricastError } from "@tricast/core";
import {
  isVersionReference,
  type LoadContext,
  remoteSchemeOf,
  type Served,
  type ServedVersion,
  type UpdateContext,
} from "@tricast/core/adapter";
import { loadBinding } from "./binding.ts";
import type { LoadOptions } from "./load.ts";
import type { ModelFile } from "./locate.ts";
import type { AnyLoadedModel, OnnxModel } from "./model.ts";
import { openModel } from "./open-model.ts";
import { rowsOf } from "./optimized/record.ts";
import { selectVariant } from "./optimized/select-variant.ts";
import type { OnnxStoreOptions } from "./options.ts";
import {
  type FetchedModel,
  type FetchedVersion,
  importStore,
  type StoredManifest,
  type StoreModule,
} from "./store-module.ts";

export const DEFAULT_RECHECK_MS = 60_000;

/** Whether `@tricast/store` brings the model, rather than a path to a file. */
export function isStored(uri: string): boolean {
  return remoteSchemeOf(uri) !== undefined || isVersionReference(uri);
}

/** What stands behind a loaded model that came from a store. */
interface Held {
  readonly uri: string;
  fetched: FetchedModel;
  readonly versions: readonly ServedVersion<AnyLoadedModel>[];
}

const held = new WeakMap<OnnxModel, Held>();

/** The store's own choice among versions, kept from its import: a request cannot wait for one. */
let chooser: StoreModule["chooseIndex"] | undefined;

/**
 * Fetches and loads what `uri` means now. The runtime's library is loaded once the first request has left, so that the
 * two take their time together: loading it first would keep the request waiting.
 */
export async function loadStored(
  uri: string,
  options: LoadOptions,
  store: OnnxStoreOptions | undefined,
  context: LoadContext,
): Promise<OnnxModel> {
  const { fetchModel, chooseIndex } = await importStore(uri);
  chooser = chooseIndex;
  const { recheckMs: _recheckMs, cacheDir, ...storeOptions } = store ?? {};
  const sent = Promise.withResolvers<void>();
  const select = (manifest: StoredManifest) => variantOf(manifest, context)?.files;
  const fetching = fetchModel(uri, { log: context.log, cacheDir, store: storeOptions, onSent: sent.resolve, select });
  // What fails before anything was sent is reported by the await below.
  await Promise.race([sent.promise, fetching.catch(() => undefined)]);
  // One more turn of the event loop, in which the request's bytes reach the socket.
  await new Promise((resolve) => setImmediate(resolve));
  loadBinding(context.log);
  return hold(uri, await fetching, options, context);
}

async function hold(
  uri: string,
  fetched: FetchedModel,
  options: LoadOptions,
  context: LoadContext,
): Promise<OnnxModel> {
  const versions: ServedVersion<AnyLoadedModel>[] = [];
  try {
    for (const one of fetched.versions) {
      versions.push({ version: one.version, model: await loadVersion(uri, one, options, context) });
    }
  } catch (error) {
    for (const { model } of versions) await model.close();
    for (const { release } of fetched.versions) release();
    throw error;
  }
  const { model } = versions[0] as ServedVersion<AnyLoadedModel>;
  held.set(model, { uri, fetched, versions });
  return model;
}

/** The optimised form that fits this machine, rather than the entry. */
function variantOf(manifest: StoredManifest | undefined, { log }: LoadContext) {
  if (manifest?.variants === undefined) return undefined;
  return selectVariant(manifest.variants, loadBinding(log).version);
}

function loadVersion(
  uri: string,
  one: FetchedVersion,
  options: LoadOptions,
  context: LoadContext,
): AnyLoadedModel | Promise<AnyLoadedModel> {
  const variant = variantOf(one.manifest, context);
  const file = toFile(uri, one, variant?.files[0]);
  if (variant === undefined) return openModel(file, options, context);
  const form = { file, session: variant.session, rows: rowsOf(variant) };
  return openModel(file, { ...options, form }, context);
}

function toFile(uri: string, { version, path, bytes, manifest }: FetchedVersion, optimized?: string): ModelFile {
  const name = optimized ?? path ?? manifest?.entry ?? uri;
  const format = /\.ort(\?.*)?$/.test(name) ? "ort" : "onnx";
  if (path !== undefined) return { path, bytes: statSync(path).size, format };
  return { path: `${uri} ${version ?? ""}`.trim(), bytes: bytes?.byteLength ?? 0, format, content: bytes };
}

export async function disposeStored(model: OnnxModel): Promise<void> {
  const known = held.get(model);
  for (const { model: one } of known?.versions ?? [{ model }]) await one.close();
  for (const { release } of known?.fetched.versions ?? []) release();
}

/** The versions behind a model; one without a name for a model that came from a plain file. */
export function servedVersions(model: OnnxModel): Served<OnnxModel> {
  const known = held.get(model);
  if (known === undefined) return { versions: [{ version: undefined, model }], choose: () => 0 };
  return { versions: known.versions, choose: (key) => chooser?.(known.fetched, key) ?? 0 };
}

/** A newer model where the alias has moved; the shares of versions that are loaded already change in place. */
export async function updateStored(
  current: OnnxModel,
  options: LoadOptions,
  store: OnnxStoreOptions | undefined,
  context: UpdateContext,
): Promise<OnnxModel | undefined> {
  const known = held.get(current);
  if (known === undefined) return undefined;
  const { recheckModel } = await importStore(known.uri);
  const { recheckMs: _recheckMs, cacheDir: _cacheDir, ...storeOptions } = store ?? {};
  const target = await recheckModel(known.uri, known.fetched, { store: storeOptions });
  if (target === "unchanged" || target.weights === undefined) return undefined;
  const wanted = Object.keys(target.weights);
  if (wanted.some((version) => context.refused.has(version))) return undefined;
  const loaded = known.versions.map(({ version }) => version);
  if (wanted.length === loaded.length && wanted.every((version) => loaded.includes(version))) {
    known.fetched = { ...known.fetched, ...target };
    return undefined;
  }
  return loadStored(known.uri, options, store, context);
}

/**
 * Where a local store lies: a relative one is looked for beside the file that calls `onnx()`, then in the working folder.
 * @throws {TricastError} `model-not-found`, naming the places tried.
 */
export function locateStored(uri: string, callerFolder: string | undefined, workingFolder: string): string {
  if (remoteSchemeOf(uri) !== undefined || isAbsolute(uri)) return uri;
  const model = uri.slice(0, uri.lastIndexOf("@"));
  const places = [callerFolder, workingFolder].filter((folder) => folder !== undefined);
  const found = places.find((folder) => existsSync(join(folder, model)));
  if (found !== undefined) return join(found, uri);
  throw new TricastError(
    "model-not-found",
    `no model at ${uri}. Tried ${places.map((folder) => join(folder, model)).join("; ")}. To fix this, push one there with "tricast models push", or give the store's absolute path`,
  );
}
