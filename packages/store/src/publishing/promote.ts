import { TricastError } from "@tricast/core";
import type { ObjectStore } from "../object-store.ts";
import {
  type Alias,
  type AliasChange,
  type Aliases,
  type AliasVersions,
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
import { newChangeId, updateAliases } from "./update-aliases.ts";

/** Older promotions are forgotten: the document is read at each load and must stay small. */
const HISTORY = 50;

export interface PromoteOptions {
  /** Who does it, for the history. */
  readonly by?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Moves an alias to a version, or to several with weights. Two people who promote at the same time both succeed, one
 * after the other; both stand in the history. Promoting to where the alias stands already changes nothing.
 *
 * @example
 * await promote(store, "iris", "prod", "v8");
 * await promote(store, "iris", "prod", { v7: 90, v8: 10 });
 *
 * @returns the alias as it stands now.
 * @throws {TricastError} `invalid-option` for a malformed name or weight, or an alias that is a version's name;
 * `store-not-found` when a version does not exist; `store-conflict` when a version is being pruned.
 */
export async function promote(
  store: ObjectStore,
  name: string,
  alias: string,
  target: AliasVersions,
  options: PromoteOptions = {},
): Promise<Alias> {
  checkModelName(name);
  checkAlias(alias);
  const wanted = checkTarget(target);
  const id = newChangeId();
  return settle(store, name, alias, options, async (current, retired) => {
    await checkExist(store, name, alias, wanted, retired, options.signal);
    return current !== undefined && sameTarget(current.target, wanted) ? current : moved(current, wanted, id, options);
  });
}

/**
 * Moves `latest` to a version that was just pushed, unless it is ahead already: of two pushes that end in the other
 * order than they began, the greater number stays.
 */
export async function moveLatest(
  store: ObjectStore,
  name: string,
  version: string,
  options: PromoteOptions = {},
): Promise<Alias> {
  const id = newChangeId();
  return settle(store, name, LATEST, options, async (current, retired) => {
    await checkExist(store, name, LATEST, version, retired, options.signal);
    return current !== undefined && isAhead(current.target, version) ? current : moved(current, version, id, options);
  });
}

/**
 * Moves an alias back to where it stood before its last promotion. Rolling back again goes further back; a promotion
 * after it begins anew, and the next rollback returns to where the alias stood before that promotion, never to what was
 * rolled back.
 *
 * @returns the alias as it stands now.
 * @throws {TricastError} `store-not-found` when there is no such alias, nothing to go back to, or the version it would
 * go back to is gone.
 */
export async function rollback(
  store: ObjectStore,
  name: string,
  alias: string,
  options: PromoteOptions = {},
): Promise<Alias> {
  checkModelName(name);
  checkAlias(alias);
  const id = newChangeId();
  return settle(store, name, alias, options, async (current, retired) => {
    if (current === undefined) throw noAlias(store, name, alias);
    if (current.history.some(({ rolledBack }) => rolledBack?.id === id)) return current;
    const back = takenBack(store, name, alias, current, id, options);
    await checkExist(store, name, alias, back.target, retired, options.signal);
    return back;
  });
}

type AliasMove = (current: Alias | undefined, retired: readonly string[]) => Alias | Promise<Alias>;

async function settle(
  store: ObjectStore,
  name: string,
  alias: string,
  { signal }: PromoteOptions,
  move: AliasMove,
): Promise<Alias> {
  const change = async (document: Aliases): Promise<Aliases> => {
    const current = find(document, alias);
    const next = await move(current, document.retired ?? []);
    return next === current ? document : { ...document, aliases: { ...document.aliases, [alias]: next } };
  };
  return find(await updateAliases(store, name, change, signal), alias) as Alias;
}

function find({ aliases }: Aliases, alias: string): Alias | undefined {
  return Object.hasOwn(aliases, alias) ? aliases[alias] : undefined;
}

function moved(current: Alias | undefined, target: AliasVersions, id: string, options: PromoteOptions): Alias {
  const history = current?.history ?? [];
  // The first try was written and its answer lost; others may have moved the alias on since.
  if (current !== undefined && history.some((change) => change.id === id)) return current;
  const { at, by } = now(options);
  return { target, updated: at, ...by, history: [...history, { id, target, at, ...by }].slice(-HISTORY) };
}

function takenBack(
  store: ObjectStore,
  name: string,
  alias: string,
  current: Alias,
  id: string,
  options: PromoteOptions,
): Alias {
  const standing = current.history.filter(({ rolledBack }) => rolledBack === undefined);
  const [before, last] = [standing.at(-2), standing.at(-1)];
  if (before === undefined || last === undefined) throw nothingBefore(store, name, alias, current);
  const { at, by } = now(options);
  const history = current.history.map((change): AliasChange => {
    return change === last ? { ...change, rolledBack: { id, at, ...by } } : change;
  });
  return { target: before.target, updated: at, ...by, history };
}

function now({ by }: PromoteOptions): { readonly at: string; readonly by: { readonly by?: string } } {
  return { at: new Date().toISOString(), by: by === undefined ? {} : { by } };
}

function checkTarget(target: AliasVersions): AliasVersions {
  if (typeof target === "string") return checkVersion(target);
  const weights = Object.entries(target);
  if (weights.length === 0) throw new TricastError("invalid-option", "an alias needs at least one version; name one");
  for (const [version, weight] of weights) {
    checkVersion(version);
    if (Number.isSafeInteger(weight) && weight > 0) continue;
    throw new TricastError(
      "invalid-option",
      `the weight of ${version} is ${weight}; weights are whole numbers above 0: leave a version out to give it none`,
    );
  }
  const [only] = weights as [[string, number]];
  return weights.length === 1 ? only[0] : Object.fromEntries(weights);
}

function sameTarget(a: AliasVersions, b: AliasVersions): boolean {
  const [left, right] = [toWeights(a), toWeights(b)];
  const versions = Object.keys(left);
  return versions.length === Object.keys(right).length && versions.every((version) => left[version] === right[version]);
}

/** Whether `latest` stands at a greater number already. Names that are no numbers have no order: the last push wins. */
function isAhead(target: AliasVersions, version: string): boolean {
  if (typeof target !== "string") return false;
  return target === version || (isNumbered(target) && isNumbered(version) && compareVersions(target, version) > 0);
}

/**
 * Looked at between the reading of `aliases.json` and its conditional write: a prune that deletes a version later must
 * have written a mark in between, and one that has deleted it before is seen here.
 */
async function checkExist(
  store: ObjectStore,
  name: string,
  alias: string,
  target: AliasVersions,
  retired: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  refuseRetired(name, target, retired);
  for (const version of Object.keys(toWeights(target))) {
    if ((await store.head(manifestKey(name, version), signal)) === undefined) throw noVersion(store, name, version);
  }
  if ((await store.head(manifestKey(name, alias), signal)) === undefined) return;
  throw new TricastError(
    "invalid-option",
    `${name} has a version "${alias}", so an alias of that name would be ambiguous; give the alias another name`,
  );
}

function refuseRetired(name: string, target: AliasVersions, retired: readonly string[]): void {
  const version = Object.keys(toWeights(target)).find((one) => retired.includes(one));
  if (version === undefined) return;
  throw new TricastError(
    "store-conflict",
    `${name}@${version} is being deleted by a prune; choose another version, or push the model again`,
  );
}

function noVersion(store: ObjectStore, name: string, version: string): TricastError {
  return new TricastError(
    "store-not-found",
    `${store.uri} has no version ${version} of ${name}; "tricast models list ${name}" shows the versions there are`,
  );
}

function noAlias(store: ObjectStore, name: string, alias: string): TricastError {
  return new TricastError(
    "store-not-found",
    `${store.uri} has no alias ${alias} of ${name}; "tricast models list ${name}" shows the aliases there are`,
  );
}

function nothingBefore(store: ObjectStore, name: string, alias: string, { target }: Alias): TricastError {
  return new TricastError(
    "store-not-found",
    `${store.uri} remembers nothing before ${formatAliasVersions(target)} in the history of ${name}@${alias}; ` +
      "promote the version that it shall lead to",
  );
}
