import { TricastError } from "@tricast/core";
import { didYouMean } from "@tricast/core/adapter";
import type { ObjectStore } from "../object-store.ts";
import { type Alias, type Aliases, readAliases, toWeights } from "./aliases.ts";
import { chooseVersion, type Weights } from "./choose-version.ts";
import type { Manifest } from "./manifest.ts";
import { isNumbered, manifestKey, parseReference } from "./names.ts";
import { findManifest, readManifest } from "./read-manifest.ts";

export interface ResolveOptions {
  /** Chooses among the versions of a weighted alias, always the same way. Default: a random one each time. */
  readonly key?: string | undefined;
  /** `tag` of an earlier resolution: the answer is `"unchanged"` while no alias of the model has moved since. */
  readonly ifNoneMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Resolution {
  readonly name: string;
  readonly version: string;
  readonly manifest: Manifest;
  /** The alias that led here; `undefined` when the version itself was asked for. */
  readonly alias: string | undefined;
  /** Every version the alias leads to, with its share; a single version has the weight 1. */
  readonly weights: Weights;
  /** Tag of `aliases.json`, for `ifNoneMatch`; `undefined` when it was not read or is not there. */
  readonly tag: string | undefined;
}

/**
 * Finds the version that `iris@prod`, `iris@v7` or `iris` (its `latest`) means. `v` and a number is always a version,
 * and costs one read; any other word is looked for among the aliases first.
 *
 * @example
 * const { version, manifest } = await resolve(store, "iris@prod", { key: userId });
 *
 * @throws {TricastError} `invalid-option` for a malformed reference; `store-not-found` when there is no such alias or
 * version; `model-invalid` when `aliases.json` or `model.json` cannot be used.
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
  store: ObjectStore,
  reference: string,
  options: ResolveOptions = {},
): Promise<Resolution | "unchanged"> {
  const { name, at } = parseReference(reference);
  if (isNumbered(at)) return exact(name, at, await readManifest(store, name, at, options.signal), undefined);
  const read = await readAliases(store, name, options);
  if (read === "unchanged") return read;
  const alias = Object.hasOwn(read.aliases.aliases, at) ? read.aliases.aliases[at] : undefined;
  if (alias !== undefined) return followAlias(store, name, at, alias, read.tag, options);
  const manifest = await findManifest(store, name, at, options.signal);
  if (manifest === undefined) throw notFound(store, name, at, read.aliases);
  return exact(name, at, manifest, read.tag);
}

function exact(name: string, version: string, manifest: Manifest, tag: string | undefined): Resolution {
  return { name, version, manifest, alias: undefined, weights: { [version]: 1 }, tag };
}

async function followAlias(
  store: ObjectStore,
  name: string,
  alias: string,
  { target }: Alias,
  tag: string | undefined,
  { key = String(Math.random()), signal }: ResolveOptions,
): Promise<Resolution> {
  const weights = toWeights(target);
  const version = chooseVersion(weights, key);
  const manifest = await findManifest(store, name, version, signal);
  if (manifest !== undefined) return { name, version, manifest, alias, weights, tag };
  throw new TricastError(
    "store-not-found",
    `${name}@${alias} leads to ${version}, and ${store.uri} has no ${manifestKey(name, version)}; ` +
      `promote a version that exists, or push ${version} again`,
  );
}

function notFound(store: ObjectStore, name: string, at: string, { aliases }: Aliases): TricastError {
  const known = Object.keys(aliases);
  const otherwise = known.length > 0 ? `its aliases: ${known.join(", ")}` : `"tricast models list" shows all models`;
  const fix = didYouMean(at, known, otherwise);
  return new TricastError(
    "store-not-found",
    `${store.uri} has no alias or version "${at}" of a model "${name}"; ${fix}`,
  );
}
