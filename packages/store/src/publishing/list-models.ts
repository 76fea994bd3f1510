import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { type Aliases, readAliases } from "../versions/aliases.ts";
import type { Manifest } from "../versions/manifest.ts";
import { checkModelName, compareVersions } from "../versions/names.ts";
import { findManifest } from "../versions/read-manifest.ts";
import { withSignal } from "../with-signal.ts";
import { listFolders, type VersionFolder } from "./list-folders.ts";

export interface ModelSummary {
  readonly name: string;
  /** Oldest first. */
  readonly versions: readonly string[];
  readonly aliases: Aliases["aliases"];
  /** Bytes of all versions together, manifests included. */
  readonly bytes: number;
}

/** Every model of the store that has a version, in order of name. */
export async function listModels(store: ObjectStore, signal?: AbortSignal): Promise<readonly ModelSummary[]> {
  const summaries: ModelSummary[] = [];
  for (const { name, versions } of await listFolders(withSignal(store, signal))) {
    const complete = versions.filter(isComplete);
    if (complete.length === 0) continue;
    const { aliases } = (await readAliases(store, name, { signal })).aliases;
    const bytes = bytesOf(complete.flatMap(({ manifest, objects }) => [manifest, ...objects]));
    const sorted = complete.map(({ version }) => version).sort(compareVersions);
    summaries.push({ name, versions: sorted, aliases, bytes });
  }
  return summaries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every version of one model whose push is finished, newest first. Throws if a manifest is not valid. */
export async function listVersions(
  store: ObjectStore,
  name: string,
  signal?: AbortSignal,
): Promise<readonly Manifest[]> {
  const bound = withSignal(store, signal);
  const model = checkModelName(name);
  const [folder] = await listFolders(bound, model);
  return (await readManifests(bound, model, folder?.versions ?? [])).sort(newestFirst);
}

/** The manifests of all complete versions. */
export async function readManifests(
  store: ObjectStore,
  name: string,
  versions: readonly VersionFolder[],
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const { version } of versions.filter(isComplete)) {
    const manifest = await findManifest(store, name, version);
    // `undefined`: pruned after it was listed.
    if (manifest !== undefined) manifests.push(manifest);
  }
  return manifests;
}

/** By time of the push, then by version. */
export function newestFirst(a: Manifest, b: Manifest): number {
  return Date.parse(b.created) - Date.parse(a.created) || compareVersions(b.version, a.version);
}

export function bytesOf(objects: readonly (ObjectInfo | undefined)[]): number {
  return objects.reduce((sum, info) => sum + (info?.size ?? 0), 0);
}

function isComplete({ manifest }: VersionFolder): boolean {
  return manifest !== undefined;
}
