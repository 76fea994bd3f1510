import { ALIASES_FILE } from "@tricast/core/adapter";
import type { ObjectStore } from "../object-store.ts";
import { withSignal } from "../with-signal.ts";
import type { Weights } from "./choose-version.ts";
import * as v from "./json-check.ts";
import { instant, version } from "./manifest.ts";
import { aliasesKey, isAlias } from "./names.ts";
import { readSmall } from "./read-small.ts";

export const ALIASES_SCHEMA = "https://unpkg.com/@tricast/store/schema/aliases.json";

/** One version, or several with the share of requests that each serves. */
export type AliasVersions = string | Weights;

/** One promotion of an alias. */
export interface AliasChange {
  /** Unique, so that a change whose reply was lost is not repeated. */
  readonly id: string;
  readonly target: AliasVersions;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by?: string;
  /** Set if a rollback reverted the promotion. */
  readonly rolledBack?: { readonly id: string; readonly at: string; readonly by?: string };
}

export interface Alias {
  /** The target of the last promotion that was not rolled back. */
  readonly target: AliasVersions;
  readonly updated: string;
  readonly by?: string;
  /** Promotions, the most recent last, at most 50. */
  readonly history: readonly AliasChange[];
}

/** `aliases.json` of one model. Only conditional writes change it. */
export interface Aliases {
  readonly $schema?: string;
  readonly format: 1;
  readonly aliases: Readonly<Record<string, Alias>>;
  /** Versions that are being deleted. An alias must not be moved to them. */
  readonly retired?: readonly string[];
}

const target: v.Check<unknown> = (value, pointer) => {
  if (typeof value === "string") return version(value, pointer);
  const weights = v.recordOf(v.integer(1))(value, pointer);
  if (Object.keys(weights).length === 0) v.misfit(pointer, value, "a version, or versions with weights");
  for (const name of Object.keys(weights)) version(name, pointer);
  return value;
};

const moment = v.shape({ id: v.text, at: instant }, { by: v.text });
const change = v.shape({ id: v.text, target, at: instant }, { by: v.text, rolledBack: moment });
const alias = v.shape({ target, updated: instant, history: v.arrayOf(change, 1) }, { by: v.text });
const document = v.shape({ aliases: v.record }, { $schema: v.text, retired: v.arrayOf(version) });
const aliasName = v.textThat(isAlias, "an alias");

const aliases: v.Check<Aliases> = (value, pointer) => {
  v.formatOne(value, pointer);
  const parsed = document(value, pointer) as unknown as Aliases;
  for (const [name, member] of Object.entries(parsed.aliases)) {
    aliasName(name, "/aliases");
    alias(member, `/aliases/${name}`);
  }
  return parsed;
};

/**
 * @param where the document's URI, for messages.
 * @throws {TricastError} `model-invalid`, naming the first member that is not valid.
 */
export function parseAliases(json: string, where: string = ALIASES_FILE): Aliases {
  return v.parseDocument(json, where, aliases);
}

export interface AliasesRead {
  readonly aliases: Aliases;
  /** `undefined` if `aliases.json` does not exist yet. */
  readonly tag: string | undefined;
}

export const NO_ALIASES: Aliases = { $schema: ALIASES_SCHEMA, format: 1, aliases: {} };

/**
 * Reads a model's aliases. If `aliases.json` does not exist, the model has no aliases.
 * @throws {TricastError} `model-invalid` for a document that is not a valid `aliases.json`.
 */
export async function readAliases(
  store: ObjectStore,
  name: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<AliasesRead> {
  // Only a read with a tag returns "unchanged".
  return (await readAliasesUnless(withSignal(store, signal), name, undefined)) as AliasesRead;
}

/** The same, or `"unchanged"` if `aliases.json` still has the tag. */
export async function readAliasesUnless(
  store: ObjectStore,
  name: string,
  tag: string | undefined,
): Promise<AliasesRead | "unchanged"> {
  const key = aliasesKey(name);
  const object = await readSmall(store, key, tag);
  if (object === "unchanged") return object;
  if (object === undefined) return { aliases: NO_ALIASES, tag: undefined };
  return { aliases: parseAliases(object.text, `${store.uri}/${key}`), tag: object.tag };
}

export function findAlias({ aliases }: Aliases, name: string): Alias | undefined {
  return Object.hasOwn(aliases, name) ? aliases[name] : undefined;
}

/** Whether the alias points to the version, or did at one of its last `changes` promotions that were not rolled back. */
export function pointsTo({ history, target }: Alias, version: string, changes = 0): boolean {
  const standing = history.filter(({ rolledBack }) => rolledBack === undefined);
  const last = changes === 0 ? [] : standing.slice(-changes);
  return [target, ...last.map((one) => one.target)].some((one) => Object.hasOwn(toWeights(one), version));
}

export function toWeights(target: AliasVersions): Weights {
  return typeof target === "string" ? { [target]: 1 } : target;
}

/** `v7`, or `v7=90 v8=10`, as the command line accepts it. */
export function formatAliasVersions(target: AliasVersions): string {
  if (typeof target === "string") return target;
  return Object.entries(target)
    .map(([version, weight]) => `${version}=${weight}`)
    .join(" ");
}
