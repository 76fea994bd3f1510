import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { type Aliases, readAliases } from "../versions/aliases.ts";
import type { Manifest } from "../versions/manifest.ts";
import { checkModelName, compareVersions } from "../versions/names.ts";
import { findManifest } from "../versions/read-manifest.ts";
import { listFolders, type ModelFolder, type VersionFolder } from "./list-folders.ts";

export interface ModelSummary {
  readonly name: string;
  /** Oldest first. */
  readonly versions: readonly string[];
  readonly aliases: Aliases["aliases"];
  /** Of all versions together, manifests included. */
  readonly bytes: number;
}

/** Every model of the store that has a version, in order of name. */
export async function listModels(store: ObjectStore, signal?: AbortSignal): Promise<readonly ModelSummary[]> {
  const models = (await listFolders(store, undefined, signal)).filter(({ versions }) => versions.some(isComplete));
  const summaries: ModelSummary[] = [];
  for (const model of models) {
    const { aliases } = await readAliases(store, model.name, { signal });
    summaries.push(summarise(model, aliases));
  }
  return summaries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every version of one model whose push is finished, newest first. A version without a readable manifest throws. */
export async function listVersions(
  store: ObjectStore,
  name: string,
  signal?: AbortSignal,
): Promise<readonly Manifest[]> {
  checkModelName(name);
  const [model] = await listFolders(store, name, signal);
  const manifests: Manifest[] = [];
  for (const { version } of (model?.versions ?? []).filter(isComplete)) {
    const manifest = await findManifest(store, name, version, signal);
    // Pruned since it was listed.
    if (manifest !== undefined) manifests.push(manifest);
  }
  return manifests.sort(newestFirst);
}

/** By time of the push; by version where that is the same. */
export function newestFirst(
  a: Pick<Manifest, "created" | "version">,
  b: Pick<Manifest, "created" | "version">,
): number {
  return Date.parse(b.created) - Date.parse(a.created) || compareVersions(b.version, a.version);
}

export function bytesOf(objects: readonly (ObjectInfo | undefined)[]): number {
  return objects.reduce((sum, info) => sum + (info?.size ?? 0), 0);
}

function summarise({ name, versions }: ModelFolder, { aliases }: Aliases): ModelSummary {
  const complete = versions.filter(isComplete);
  return {
    name,
    versions: complete.map(({ version }) => version).sort(compareVersions),
    aliases,
    bytes: bytesOf(complete.flatMap(({ manifest, objects }) => [manifest, ...objects])),
  };
}

function isComplete({ manifest }: VersionFolder): boolean {
  return manifest !== undefined;
}
