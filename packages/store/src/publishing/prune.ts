import type { ObjectStore } from "../object-store.ts";
import type { Aliases } from "../versions/aliases.ts";
import { manifestKey } from "../versions/names.ts";
import { isProtected, PRUNE_DEFAULTS, type PruneItem, type PruneOptions, planPrune } from "./plan-prune.ts";
import { updateAliases } from "./update-aliases.ts";

/**
 * Deletes old versions, and what pushes and prunes left that were killed. What `planPrune` shows is what goes, except
 * versions that an alias was moved to since. A version disappears at once: its `model.json` goes first.
 *
 * Promotions at the same time are safe. A version is marked in `aliases.json` before it is deleted, by the same
 * conditional write that promotions use: either the promotion is first and the version stays, or the mark is and the
 * promotion is refused. A prune that is killed is finished by the next.
 *
 * @returns what was deleted.
 * @throws {TricastError} `model-invalid` when a manifest or `aliases.json` cannot be read: nothing of that model is
 * deleted then.
 */
export async function prune(
  store: ObjectStore,
  name: string | undefined,
  options: PruneOptions = {},
): Promise<readonly PruneItem[]> {
  const deleted: PruneItem[] = [];
  for (const [model, items] of byModel(await planPrune(store, name, options))) {
    deleted.push(...(await pruneModel(store, model, items, options)));
  }
  return deleted;
}

async function pruneModel(
  store: ObjectStore,
  name: string,
  items: readonly PruneItem[],
  options: PruneOptions,
): Promise<PruneItem[]> {
  const deleted: PruneItem[] = [];
  for (const stray of items.filter(({ reason }) => reason === "stray")) {
    await deleteAll(store, stray.keys, options.signal);
    deleted.push(stray);
  }
  const whole = items.filter(({ reason }) => reason !== "stray");
  if (whole.length === 0) return deleted;
  const retired = await retire(store, name, whole, options);
  for (const item of whole.filter(({ version }) => retired.includes(version))) {
    if (await deleteVersion(store, item, options.signal)) deleted.push(item);
  }
  await updateAliases(store, name, (aliases) => without(aliases, retired), options.signal);
  return deleted;
}

/** Marks the versions, except those that an alias leads to by now. */
async function retire(
  store: ObjectStore,
  name: string,
  items: readonly PruneItem[],
  { keepHistory = PRUNE_DEFAULTS.keepHistory, signal }: PruneOptions,
): Promise<readonly string[]> {
  const wanted = items.map(({ version }) => version);
  const change = (aliases: Aliases): Aliases => {
    const free = wanted.filter((version) => !isProtected(aliases, version, keepHistory));
    const fresh = free.filter((version) => aliases.retired?.includes(version) !== true);
    return fresh.length === 0 ? aliases : { ...aliases, retired: [...(aliases.retired ?? []), ...fresh] };
  };
  const { retired = [] } = await updateAliases(store, name, change, signal);
  return retired.filter((version) => wanted.includes(version));
}

async function deleteVersion(
  store: ObjectStore,
  { name, version, reason, keys }: PruneItem,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const manifest = manifestKey(name, version);
  // The push that seemed abandoned has ended after all.
  if (reason === "unfinished" && (await store.head(manifest, signal)) !== undefined) return false;
  await store.delete(manifest, signal);
  await deleteAll(
    store,
    keys.filter((key) => key !== manifest),
    signal,
  );
  return true;
}

async function deleteAll(store: ObjectStore, keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
  for (const key of keys) await store.delete(key, signal);
}

function without(aliases: Aliases, versions: readonly string[]): Aliases {
  const { retired = [], ...rest } = aliases;
  const left = retired.filter((version) => !versions.includes(version));
  if (left.length === retired.length) return aliases;
  return left.length === 0 ? rest : { ...rest, retired: left };
}

function byModel(items: readonly PruneItem[]): ReadonlyMap<string, readonly PruneItem[]> {
  return Map.groupBy(items, ({ name }) => name);
}
