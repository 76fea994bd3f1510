import type { ObjectStore } from "../object-store.ts";
import type { Aliases } from "../versions/aliases.ts";
import { manifestKey } from "../versions/names.ts";
import { withSignal } from "../with-signal.ts";
import { isProtected, PRUNE_DEFAULTS, type PruneItem, type PruneOptions, planPrune } from "./plan-prune.ts";
import { updateAliases } from "./update-aliases.ts";

/**
 * Deletes old versions, and files of pushes and prunes that did not finish: everything that `planPrune` lists, except
 * versions to which an alias was moved since then. A version disappears at once, because its `model.json` is deleted first.
 *
 * Concurrent promotions are safe. Before a version is deleted, it is marked in `aliases.json` by the same conditional
 * write that promotions use. Either the promotion is first and the version stays, or the mark is first and the promotion
 * is refused. If a prune is killed, the next one finishes it.
 *
 * @returns the deleted items.
 * @throws {TricastError} `model-invalid` if a manifest or `aliases.json` is not valid. Then nothing of that model is
 * deleted.
 */
export async function prune(
  store: ObjectStore,
  name: string | undefined,
  options: PruneOptions = {},
): Promise<readonly PruneItem[]> {
  const bound = withSignal(store, options.signal);
  const deleted: PruneItem[] = [];
  const byModel = Map.groupBy(await planPrune(bound, name, options), (item) => item.name);
  for (const [model, items] of byModel) deleted.push(...(await pruneModel(bound, model, items, options)));
  return deleted;
}

async function pruneModel(
  store: ObjectStore,
  name: string,
  items: readonly PruneItem[],
  options: PruneOptions,
): Promise<PruneItem[]> {
  const { strays = [], whole = [] } = Object.groupBy(items, ({ reason }) => (reason === "stray" ? "strays" : "whole"));
  for (const { keys } of strays) await deleteAll(store, keys);
  if (whole.length === 0) return strays;
  const deleted = [...strays];
  const retired = await retire(store, name, whole, options);
  for (const item of whole.filter(({ version }) => retired.includes(version))) {
    if (await deleteVersion(store, item)) deleted.push(item);
  }
  await updateAliases(store, name, (aliases) => without(aliases, retired));
  return deleted;
}

/** Marks the versions, except those to which an alias points now. */
async function retire(
  store: ObjectStore,
  name: string,
  items: readonly PruneItem[],
  { keepHistory = PRUNE_DEFAULTS.keepHistory }: PruneOptions,
): Promise<readonly string[]> {
  const wanted = items.map(({ version }) => version);
  const { retired = [] } = await updateAliases(store, name, (aliases) => {
    const marked = aliases.retired ?? [];
    const fresh = wanted.filter((version) => !marked.includes(version) && !isProtected(aliases, version, keepHistory));
    return fresh.length === 0 ? aliases : { ...aliases, retired: [...marked, ...fresh] };
  });
  return retired.filter((version) => wanted.includes(version));
}

async function deleteVersion(store: ObjectStore, { name, version, reason, keys }: PruneItem): Promise<boolean> {
  const manifest = manifestKey(name, version);
  // The push that seemed abandoned has finished.
  if (reason === "unfinished" && (await store.head(manifest)) !== undefined) return false;
  await deleteAll(store, [manifest, ...keys.filter((key) => key !== manifest)]);
  return true;
}

async function deleteAll(store: ObjectStore, keys: readonly string[]): Promise<void> {
  for (const key of keys) await store.delete(key);
}

function without(aliases: Aliases, versions: readonly string[]): Aliases {
  const { retired = [], ...rest } = aliases;
  const left = retired.filter((version) => !versions.includes(version));
  if (left.length === retired.length) return aliases;
  return left.length === 0 ? rest : { ...rest, retired: left };
}
