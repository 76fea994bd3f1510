import { TricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";
import {
  type Alias,
  type AliasChange,
  type Aliases,
  type AliasVersions,
  findAlias,
  formatAliasVersions,
  toWeights,
} from "../versions/aliases.ts";
import {
  checkAlias,
  checkModelName,
  checkVersion,
  compareVersions,
  isNumbered,
  LATEST,
  manifestKey,
} from "../versions/names.ts";
import { type AbortableStore, withSignal } from "../with-signal.ts";
import { newChangeId, updateAliases } from "./update-aliases.ts";

/** Older promotions are deleted, because the document is read at each load and must stay small. */
const HISTORY = 50;

export interface PromoteOptions {
  /** The author of the change, for the history. */
  readonly by?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Moves an alias to a version, or to several with weights. Two concurrent promotions both succeed, one after the other,
 * and both are in the history. If the alias already has this target, nothing changes.
 *
 * @example
 * await promote(store, "iris", "prod", "v8");
 * await promote(store, "iris", "prod", { v7: 90, v8: 10 });
 *
 * @returns the current alias.
 * @throws {TricastError} `invalid-option` for a malformed name or weight, or an alias with the name of a version;
 * `store-not-found` if a version does not exist; `store-conflict` if a version is being pruned.
 */
export async function promote(
  store: ObjectStore,
  name: string,
  alias: string,
  target: AliasVersions,
  options: PromoteOptions = {},
): Promise<Alias> {
  const place = placeOf(store, name, alias, options);
  const wanted = checkTarget(target);
  return advance(place, wanted, (current) => sameTarget(current, wanted), options);
}

/**
 * Moves `latest` to a version that was just pushed, unless it already has a greater number: if two pushes end in
 * another order than they began, the greater number wins.
 */
export function moveLatest(store: ObjectStore, name: string, version: string, options: PromoteOptions): Promise<Alias> {
  const place = { store: withSignal(store, options.signal), name, alias: LATEST };
  return advance(place, version, (current) => isAhead(current, version), options);
}

/**
 * Moves an alias back to its target before its last promotion. Each further rollback goes back one more promotion. After
 * a new promotion, the next rollback returns to the target before that promotion, never to one that was rolled back.
 *
 * @returns the current alias.
 * @throws {TricastError} `store-not-found` if the alias does not exist, has no earlier target, or its earlier target was
 * deleted.
 */
export async function rollback(
  store: ObjectStore,
  name: string,
  alias: string,
  options: PromoteOptions = {},
): Promise<Alias> {
  const place = placeOf(store, name, alias, options);
  const id = newChangeId();
  return settle(place, async (current, retired) => {
    if (current === undefined) throw absent(place, `alias ${alias}`, "aliases");
    if (current.history.some(({ rolledBack }) => rolledBack?.id === id)) return current;
    const back = takeBack(place, current, id, options);
    await checkExist(place, back.target, retired);
    return back;
  });
}

/** One alias of a model. */
interface Place {
  readonly store: AbortableStore;
  readonly name: string;
  readonly alias: string;
}

function placeOf(store: ObjectStore, name: string, alias: string, { signal }: PromoteOptions): Place {
  return { store: withSignal(store, signal), name: checkModelName(name), alias: checkAlias(alias) };
}

function advance(
  place: Place,
  target: AliasVersions,
  isDone: (current: AliasVersions) => boolean,
  options: PromoteOptions,
): Promise<Alias> {
  const id = newChangeId();
  return settle(place, async (current, retired) => {
    await checkExist(place, target, retired);
    const history = current?.history ?? [];
    // A change with this id was written, but the reply was lost. Others may have moved the alias since.
    if (current && (isDone(current.target) || history.some((change) => change.id === id))) return current;
    const { at, ...by } = momentOf(options);
    return { target, updated: at, ...by, history: [...history, { id, target, at, ...by }].slice(-HISTORY) };
  });
}

function takeBack(place: Place, current: Alias, id: string, options: PromoteOptions): Alias {
  const standing = current.history.filter(({ rolledBack }) => rolledBack === undefined);
  const [before, last] = [standing.at(-2), standing.at(-1)];
  if (before === undefined) throw nothingBefore(place, current);
  const { at, ...by } = momentOf(options);
  const history = current.history.map((change): AliasChange => {
    return change === last ? { ...change, rolledBack: { id, at, ...by } } : change;
  });
  return { target: before.target, updated: at, ...by, history };
}

function momentOf({ by }: PromoteOptions): { readonly at: string; readonly by?: string } {
  return { at: new Date().toISOString(), ...(by === undefined ? {} : { by }) };
}

type AliasMove = (current: Alias | undefined, retired: readonly string[]) => Promise<Alias>;

async function settle({ store, name, alias }: Place, move: AliasMove): Promise<Alias> {
  const change = async (document: Aliases): Promise<Aliases> => {
    const current = findAlias(document, alias);
    const next = await move(current, document.retired ?? []);
    return next === current ? document : { ...document, aliases: { ...document.aliases, [alias]: next } };
  };
  return findAlias(await updateAliases(store, name, change), alias) as Alias;
}

function checkTarget(target: AliasVersions): AliasVersions {
  if (typeof target === "string") return checkVersion(target);
  const weights = Object.entries(target);
  if (weights.length === 0) throw new TricastError("invalid-option", "an alias needs at least one version; name one");
  for (const [version, weight] of weights) {
    checkVersion(version);
    if (Number.isSafeInteger(weight) && weight > 0) continue;
    const rule = "weights are whole numbers above 0; leave out a version that gets no requests";
    throw new TricastError("invalid-option", `the weight of ${version} is ${weight}: ${rule}`);
  }
  const [only] = weights as [[string, number]];
  return weights.length === 1 ? only[0] : Object.fromEntries(weights);
}

function sameTarget(a: AliasVersions, b: AliasVersions): boolean {
  const [left, right] = [toWeights(a), toWeights(b)];
  const versions = Object.keys(left);
  return versions.length === Object.keys(right).length && versions.every((version) => left[version] === right[version]);
}

/** Whether `latest` already has a greater number. Names that are not numbers have no order: the last push wins. */
function isAhead(target: AliasVersions, version: string): boolean {
  if (typeof target !== "string") return false;
  return target === version || (isNumbered(target) && isNumbered(version) && compareVersions(target, version) > 0);
}

/**
 * Runs between the read of `aliases.json` and its conditional write. If a prune deletes a version later, it writes its
 * mark in between, and the conditional write fails. If a prune has deleted a version before, this check fails.
 */
async function checkExist(place: Place, target: AliasVersions, retired: readonly string[]): Promise<void> {
  const { store, name, alias } = place;
  const versions = Object.keys(toWeights(target));
  const deleted = versions.find((version) => retired.includes(version));
  if (deleted !== undefined) {
    const fix = "choose another version, or push the model again";
    throw new TricastError("store-conflict", `${name}@${deleted} is being deleted by a prune; ${fix}`);
  }
  for (const version of versions) {
    if ((await store.head(manifestKey(name, version))) === undefined)
      throw absent(place, `version ${version}`, "versions");
  }
  if ((await store.head(manifestKey(name, alias))) === undefined) return;
  const rule = `${name} has a version "${alias}", so an alias of that name would be ambiguous`;
  throw new TricastError("invalid-option", `${rule}; give the alias another name`);
}

function absent({ store, name }: Place, what: string, all: string): TricastError {
  const message = `${store.uri} has no ${what} of ${name}; "tricast models list ${name}" shows all ${all}`;
  return new TricastError("store-not-found", message);
}

function nothingBefore({ store, name, alias }: Place, { target }: Alias): TricastError {
  const found = `${store.uri} has no target before ${formatAliasVersions(target)} in the history of ${name}@${alias}`;
  return new TricastError("store-not-found", `${found}; promote the version that you want`);
}
