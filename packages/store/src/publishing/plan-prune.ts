import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { type Aliases, pointsTo, readAliases } from "../versions/aliases.ts";
import { checkModelName, fileKey } from "../versions/names.ts";
import { withSignal } from "../with-signal.ts";
import { listFolders, type ModelFolder } from "./list-folders.ts";
import { bytesOf, newestFirst, readManifests } from "./list-models.ts";

export interface PruneOptions {
  /** How many of the newest versions stay, at least 1. Default 10. */
  readonly keep?: number | undefined;
  /** How many of each alias' last promotions protect their versions, so that it can be rolled back. Default 5. */
  readonly keepHistory?: number | undefined;
  /** Age in milliseconds of the newest file of an unfinished push at which all its files are deleted. Default 24 hours. */
  readonly unfinishedAfterMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const PRUNE_DEFAULTS = { keep: 10, keepHistory: 5, unfinishedAfterMs: 24 * 60 * 60 * 1000 };

export type PruneReason =
  /** Neither among the newest nor protected by an alias. */
  | "old"
  /** A push that did not finish. */
  | "unfinished"
  /** Files that the version's manifest does not list, from a slower push of the same number. */
  | "stray"
  /** An earlier prune that did not finish. */
  | "retired";

export interface PruneItem {
  readonly name: string;
  readonly version: string;
  readonly reason: PruneReason;
  readonly keys: readonly string[];
  readonly bytes: number;
}

/** Lists what a prune of one model or of all would delete now. Changes nothing. */
export async function planPrune(
  store: ObjectStore,
  name: string | undefined,
  options: PruneOptions = {},
): Promise<readonly PruneItem[]> {
  const model = name === undefined ? undefined : checkModelName(name);
  const bound = withSignal(store, options.signal);
  const items: PruneItem[] = [];
  for (const folder of await listFolders(bound, model)) items.push(...(await planModel(bound, folder, options)));
  return items;
}

/** Whether an alias points to the version, or did at one of its last promotions. */
export function isProtected({ aliases }: Aliases, version: string, keepHistory: number): boolean {
  return Object.values(aliases).some((alias) => pointsTo(alias, version, keepHistory));
}

async function planModel(store: ObjectStore, folder: ModelFolder, options: PruneOptions): Promise<PruneItem[]> {
  const { name, versions } = folder;
  const { keep, keepHistory, unfinishedAfterMs } = { ...PRUNE_DEFAULTS, ...definedOf(options) };
  const { aliases } = await readAliases(store, name);
  // A manifest that is not valid stops the prune, because the files that it lists are unknown.
  const manifests = await readManifests(store, name, versions);
  const newest = manifests.toSorted(newestFirst).slice(0, keep);
  const isKept = (version: string): boolean =>
    newest.some((one) => one.version === version) || isProtected(aliases, version, keepHistory);
  const isAbandoned = (objects: readonly ObjectInfo[]): boolean =>
    objects.every(({ modified }) => Date.now() - modified > unfinishedAfterMs);
  const item = (version: string, reason: PruneReason, objects: readonly ObjectInfo[]): PruneItem[] => [
    { name, version, reason, keys: objects.map(({ key }) => key), bytes: bytesOf(objects) },
  ];
  const gone = (aliases.retired ?? []).filter((retired) => !versions.some(({ version }) => version === retired));
  const found = versions.flatMap(({ version, manifest: info, objects }): PruneItem[] => {
    // The manifest first, because it makes the version visible.
    const all = info === undefined ? objects : [info, ...objects];
    if (aliases.retired?.includes(version)) return item(version, "retired", all);
    const manifest = manifests.find((one) => one.version === version);
    if (manifest === undefined) return isAbandoned(all) ? item(version, "unfinished", all) : [];
    if (!isKept(version)) return item(version, "old", all);
    const listed = new Set(manifest.files.map(({ path }) => fileKey(manifest, path)));
    const strays = objects.filter(({ key }) => !listed.has(key));
    return strays.length > 0 && isAbandoned(strays) ? item(version, "stray", strays) : [];
  });
  return [...gone.flatMap((version) => item(version, "retired", [])), ...found];
}

function definedOf(options: PruneOptions): Partial<typeof PRUNE_DEFAULTS> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
