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
import { nextTurn } from "./next-turn.ts";
import { openModel } from "./open-model.ts";
import type { Form } from "./optimized/choose-form.ts";
import { rowsOf } from "./optimized/record.ts";
import { selectVariant } from "./optimized/select-variant.ts";
import {
  type FetchedModel,
  type FetchedVersion,
  importStore,
  type StoredManifest,
  type StoreModule,
} from "./store-module.ts";

export const DEFAULT_RECHECK_MS = 60_000;

/** Whether the model is in a store, and not at the path of a file. */
export function isStored(uri: string): boolean {
  return remoteSchemeOf(uri) !== undefined || isVersionReference(uri);
}

/** The origin of a loaded model from a store. */
interface Held {
  readonly uri: string;
  fetched: FetchedModel;
  readonly versions: readonly ServedVersion<AnyLoadedModel>[];
}

const held = new WeakMap<OnnxModel, Held>();

/** The store's choice between versions. Kept after the import of the store, because requests cannot wait for the import. */
let chooser: StoreModule["chooseIndex"] | undefined;

/**
 * Fetches and loads the current version at `uri`. The runtime's library is loaded after the first request is sent, so that
 * both happen at the same time: loading it first would delay the request.
 *
 * If files cannot be loaded, they are compared with their digests and loaded once more: another process that finds them in
 * the cache would fail in the same way.
 * @param again whether an earlier load, or its warmup, has failed: then cached files are compared with their digests.
 */
export async function loadStored(
  uri: string,
  options: LoadOptions,
  context: LoadContext,
  again = false,
): Promise<OnnxModel> {
  const { fetchModel, chooseIndex } = await importStore(uri);
  chooser = chooseIndex;
  const { recheckMs: _recheckMs, cacheDir, ...store } = options.store ?? {};
  const sent = Promise.withResolvers<void>();
  const select = (manifest: StoredManifest) => variantOf(manifest, context)?.files;
  const verify = again ? ("again" as const) : undefined;
  const fetching = fetchModel(uri, { log: context.log, cacheDir, store, onSent: sent.resolve, select, verify });
  // The last await reports a failure before the first request.
  await Promise.race([sent.promise, fetching.catch(() => undefined)]);
  // In one more turn of the event loop, the request's bytes reach the socket.
  await nextTurn();
  loadBinding(context.log);
  const fetched = await fetching;
  try {
    return await openAll(uri, fetched, options, context);
  } catch (error) {
    const isCached = fetched.versions.some(({ path }) => path !== undefined);
    if (again || !isCached) throw error;
    return await loadStored(uri, options, context, true);
  }
}

/** Loads all versions. If one fails, all are released. */
async function openAll(
  uri: string,
  fetched: FetchedModel,
  options: LoadOptions,
  context: LoadContext,
): Promise<OnnxModel> {
  const versions: ServedVersion<AnyLoadedModel>[] = [];
  try {
    for (const one of fetched.versions) {
      const { file, form } = fileOf(uri, one, context);
      const model = await openModel(file, form === undefined ? options : { ...options, form }, context);
      versions.push({ version: one.version, model });
    }
  } catch (error) {
    await release(versions, fetched);
    throw error;
  }
  const { model } = versions[0] as ServedVersion<AnyLoadedModel>;
  held.set(model, { uri, fetched, versions });
  return model;
}

/** The optimised form for this machine, which is loaded instead of the entry. */
function variantOf(manifest: StoredManifest | undefined, { log }: LoadContext) {
  if (manifest?.variants === undefined) return undefined;
  return selectVariant(manifest.variants, loadBinding(log).version);
}

/** The file to load for a version. */
function fileOf(uri: string, one: FetchedVersion, context: LoadContext): { file: ModelFile; form?: Form } {
  const { version, path, bytes, manifest } = one;
  const variant = variantOf(manifest, context);
  const name = variant?.files[0] ?? path ?? manifest?.entry ?? uri;
  const format = /\.ort(\?.*)?$/.test(name) ? "ort" : "onnx";
  const file: ModelFile =
    path === undefined
      ? { path: `${uri} ${version ?? ""}`.trim(), bytes: bytes?.byteLength ?? 0, format, content: bytes }
      : { path, bytes: statSync(path).size, format };
  return variant === undefined ? { file } : { file, form: { file, session: variant.session, rows: rowsOf(variant) } };
}

export async function disposeStored(model: OnnxModel): Promise<void> {
  const known = held.get(model);
  await release(known?.versions ?? [{ model }], known?.fetched);
}

async function release(models: readonly { readonly model: OnnxModel }[], fetched?: FetchedModel): Promise<void> {
  for (const { model } of models) await model.close();
  for (const version of fetched?.versions ?? []) version.release();
}

/** The versions of a model; one without a name for a plain file. */
export function servedVersions(model: OnnxModel): Served<OnnxModel> {
  const known = held.get(model);
  if (known === undefined) return { versions: [{ version: undefined, model }], choose: () => 0 };
  return { versions: known.versions, choose: (key) => chooser?.(known.fetched, key) ?? 0 };
}

/** A newer model where the alias has moved. If only the shares of the loaded versions changed, they are updated in place. */
export async function updateStored(
  current: OnnxModel,
  options: LoadOptions,
  context: UpdateContext,
): Promise<OnnxModel | undefined> {
  const known = held.get(current);
  if (known === undefined) return undefined;
  const { recheckModel } = await importStore(known.uri);
  const { recheckMs: _recheckMs, cacheDir: _cacheDir, ...store } = options.store ?? {};
  const target = await recheckModel(known.uri, known.fetched, { store });
  if (target === "unchanged" || target.weights === undefined) return undefined;
  const wanted = Object.keys(target.weights);
  if (wanted.some((version) => context.refused.has(version))) return undefined;
  const loaded = known.versions.map(({ version }) => version);
  if (wanted.length === loaded.length && wanted.every((version) => loaded.includes(version))) {
    known.fetched = { ...known.fetched, ...target };
    return undefined;
  }
  return loadStored(known.uri, options, context);
}

/**
 * The path of a local store. A relative path is looked for beside the file that calls `onnx()`, then in the working folder.
 * @throws {TricastError} `model-not-found`, listing the paths tried.
 */
export function locateStored(uri: string, callerFolder: string | undefined, workingFolder: string): string {
  if (remoteSchemeOf(uri) !== undefined || isAbsolute(uri)) return uri;
  const model = uri.slice(0, uri.lastIndexOf("@"));
  const places = [callerFolder, workingFolder].filter((folder) => folder !== undefined);
  const found = places.find((folder) => existsSync(join(folder, model)));
  if (found !== undefined) return join(found, uri);
  throw new TricastError(
    "model-not-found",
    `no model at ${uri}. Tried ${places.map((folder) => join(folder, model)).join("; ")}. To fix this, push a model there with "tricast models push", or use the absolute path of the store`,
  );
}
