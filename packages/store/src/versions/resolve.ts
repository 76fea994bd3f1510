import { TricastError } from "@tricast/core";
import { didYouMean } from "@tricast/core/adapter";
import type { ObjectStore } from "../object-store.ts";
import { withSignal } from "../with-signal.ts";
import { type Aliases, findAlias, readAliasesUnless, toWeights } from "./aliases.ts";
import { chooseVersion, type Weights } from "./choose-version.ts";
import type { Manifest } from "./manifest.ts";
import { isNumbered, manifestKey, parseReference } from "./names.ts";
import { findManifest, readManifest } from "./read-manifest.ts";

export interface ResolveOptions {
  /** Chooses among the versions of a weighted alias: the same key gets the same version. Default: a random key each time. */
  readonly key?: string | undefined;
  /** `tag` of an earlier resolution. The result is `"unchanged"` if no alias of the model has moved since. */
  readonly ifNoneMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Resolution {
  readonly name: string;
  readonly version: string;
  readonly manifest: Manifest;
  /** The alias in the reference; `undefined` if the reference named the version. */
  readonly alias: string | undefined;
  /** Every version of the alias with its share; a single version has the weight 1. */
  readonly weights: Weights;
  /** Tag of `aliases.json`, for `ifNoneMatch`; `undefined` if it was not read or does not exist. */
  readonly tag: string | undefined;
}

/**
 * Finds the version of `iris@prod`, `iris@v7` or `iris` (its `latest`). `v` with a number is always a version, and costs
 * one read. Any other name is looked up among the aliases first.
 *
 * @example
 * const { version, manifest } = await resolve(store, "iris@prod", { key: userId });
 *
 * @throws {TricastError} `invalid-option` for a malformed reference; `store-not-found` if the alias or version does not
 * exist; `model-invalid` if `aliases.json` or `model.json` is not valid.
 */
export async function resolve(
  store: ObjectStore,
  reference: string,
  options?: ResolveOptions & { readonly ifNoneMatch?: undefined },
): Promise<Resolution>;
export async function resolve(
  store: ObjectStore,
  reference: string,
  options: ResolveOptions,
): Promise<Resolution | "unchanged">;
export async function resolve(
  unbound: ObjectStore,
  reference: string,
  { key = String(Math.random()), ifNoneMatch, signal }: ResolveOptions = {},
): Promise<Resolution | "unchanged"> {
  const store = withSignal(unbound, signal);
  const { name, at } = parseReference(reference);
  if (isNumbered(at)) {
    const manifest = await readManifest(store, name, at);
    return { name, version: at, manifest, alias: undefined, weights: { [at]: 1 }, tag: undefined };
  }
  const read = await readAliasesUnless(store, name, ifNoneMatch);
  if (read === "unchanged") return read;
  const { aliases, tag } = read;
  const alias = findAlias(aliases, at);
  const weights = toWeights(alias?.target ?? at);
  const version = chooseVersion(weights, key);
  const manifest = await findManifest(store, name, version);
  if (manifest !== undefined) return { name, version, manifest, alias: alias && at, weights, tag };
  throw alias === undefined ? notFound(store, name, at, aliases) : brokenAlias(store, name, at, version);
}

function brokenAlias({ uri }: ObjectStore, name: string, alias: string, version: string): TricastError {
  const found = `${name}@${alias} points to ${version}, but ${uri} has no ${manifestKey(name, version)}`;
  return new TricastError("store-not-found", `${found}; promote a version that exists, or push ${version} again`);
}

function notFound({ uri }: ObjectStore, name: string, at: string, { aliases }: Aliases): TricastError {
  const known = Object.keys(aliases);
  const otherwise = known.length > 0 ? `its aliases: ${known.join(", ")}` : `"tricast models list" shows all models`;
  const fix = didYouMean(at, known, otherwise);
  return new TricastError("store-not-found", `${uri} has no alias or version "${at}" of a model "${name}"; ${fix}`);
}
