import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { type Aliases, pointsTo, readAliases } from "../versions/aliases.ts";
import type { Manifest } from "../versions/manifest.ts";
import { checkModelName } from "../versions/names.ts";
import { findManifest } from "../versions/read-manifest.ts";
import { listFolders, type ModelFolder, type VersionFolder } from "./list-folders.ts";
import { bytesOf, newestFirst } from "./list-models.ts";

export interface PruneOptions {
  /** How many of the newest versions stay, at least 1. Default 10. */
  readonly keep?: number | undefined;
  /** How many of each alias' last promotions protect their versions, so that it can be rolled back. Default 5. */
  readonly keepHistory?: number | undefined;
  /** Files of an unfinished push go when the youngest of them is older than this, in milliseconds. Default 24 hours. */
  readonly unfinishedAfterMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const PRUNE_DEFAULTS = { keep: 10, keepHistory: 5, unfinishedAfterMs: 24 * 60 * 60 * 1000 };

export type PruneReason =
  /** Neither among the newest nor protected by an alias. */
  | "old"
  /** A push that never ended. */
  | "unfinished"
  /** Files beside a version's own, from a push of the same number that was slower. */
  | "stray"
  /** An earlier prune that never ended. */
  | "retired";

export interface PruneItem {
  readonly name: string;
  readonly version: string;
  readonly reason: PruneReason;
  readonly keys: readonly string[];
  readonly bytes: number;
}

/** What a prune would delete now, of one model or of all. Nothing is changed. */
export async function planPrune(
  store: ObjectStore,
  name: string | undefined,
  options: PruneOptions = {},
): Promise<readonly PruneItem[]> {
  if (name !== undefined) checkModelName(name);
  const items: PruneItem[] = [];
  for (const folder of await listFolders(store, name, options.signal)) {
    items.push(...(await planModel(store, folder, options)));
  }
  return items;
}

/** Whether an alias leads to the version, or one of its last promotions does. */
export function isProtected({ aliases }: Aliases, version: string, keepHistory: number): boolean {
  return Object.values(aliases).some((alias) => pointsTo(alias, version, keepHistory));
}

async function planModel(store: ObjectStore, folder: ModelFolder, options: PruneOptions): Promise<PruneItem[]> {
  const { keep, keepHistory, unfinishedAfterMs } = { ...PRUNE_DEFAULTS, ...definedOf(options) };
  const { aliases } = await readAliases(store, folder.name, { signal: options.signal });
  const manifests = await readManifests(store, folder, options.signal);
  const newest = new Set(
    [...manifests.values()]
      .sort(newestFirst)
      .slice(0, keep)
      .map(({ version }) => version),
  );
  const isAbandoned = (objects: readonly ObjectInfo[]) =>
    objects.every(({ modified }) => Date.now() - modified > unfinishedAfterMs);
  const gone = (aliases.retired ?? []).filter((retired) => !folder.versions.some(({ version }) => version === retired));
  const unmarked = gone.map((version) => item(folder, { version }, "retired", []));
  const found = folder.versions.flatMap((version): PruneItem[] => {
    const manifest = manifests.get(version.version);
    const all = allObjects(version);
    if (aliases.retired?.includes(version.version) === true) return [item(folder, version, "retired", all)];
    if (manifest === undefined) return isAbandoned(all) ? [item(folder, version, "unfinished", all)] : [];
    if (!newest.has(version.version) && !isProtected(aliases, version.version, keepHistory)) {
      return [item(folder, version, "old", all)];
    }
    const strays = version.objects.filter(({ key }) => !isListed(manifest, key));
    return strays.length > 0 && isAbandoned(strays) ? [item(folder, version, "stray", strays)] : [];
  });
  return [...unmarked, ...found];
}

/** A manifest that cannot be read stops the prune: what it protects is not known. */
async function readManifests(
  store: ObjectStore,
  { name, versions }: ModelFolder,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Manifest>> {
  const manifests = new Map<string, Manifest>();
  for (const { version, manifest: info } of versions) {
    const manifest = info === undefined ? undefined : await findManifest(store, name, version, signal);
    if (manifest !== undefined) manifests.set(version, manifest);
  }
  return manifests;
}

/** The manifest first: it is what makes the version visible. */
function allObjects({ manifest, objects }: VersionFolder): ObjectInfo[] {
  return manifest === undefined ? [...objects] : [manifest, ...objects];
}

function isListed({ name, version, files }: Manifest, key: string): boolean {
  return files.some(({ path }) => `${name}/${version}/${path}` === key);
}

function item(
  { name }: ModelFolder,
  { version }: Pick<VersionFolder, "version">,
  reason: PruneReason,
  objects: readonly ObjectInfo[],
): PruneItem {
  return { name, version, reason, keys: objects.map(({ key }) => key), bytes: bytesOf(objects) };
}

function definedOf(options: PruneOptions): Partial<typeof PRUNE_DEFAULTS> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
