import type { ObjectStore } from "../object-store.ts";
import type { Weights } from "./choose-version.ts";
import {
  arrayOf,
  type Check,
  formatOne,
  integer,
  matching,
  misfit,
  parseDocument,
  record,
  recordOf,
  shape,
  text,
} from "./json-check.ts";
import { instant } from "./manifest.ts";
import { ALIASES_FILE, aliasesKey, checkVersion } from "./names.ts";
import { readSmall } from "./read-small.ts";

export const ALIASES_SCHEMA = "https://unpkg.com/@tricast/store/schema/aliases.json";

/** One version, or several with the share of requests that each serves. */
export type AliasVersions = string | Weights;

/** One promotion of an alias. */
export interface AliasChange {
  /** Tells this change from every other, so that a change whose answer was lost is not made twice. */
  readonly id: string;
  readonly target: AliasVersions;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly by?: string;
  /** Set when a rollback took the promotion back. */
  readonly rolledBack?: { readonly id: string; readonly at: string; readonly by?: string };
}

export interface Alias {
  /** The target of the last change that was not rolled back. */
  readonly target: AliasVersions;
  readonly updated: string;
  readonly by?: string;
  /** Promotions, the most recent last, at most 50. */
  readonly history: readonly AliasChange[];
}

/** `aliases.json` of one model. It is changed by conditional writes only. */
export interface Aliases {
  readonly $schema?: string;
  readonly format: 1;
  readonly aliases: Readonly<Record<string, Alias>>;
  /** Versions that are being deleted: no alias may be moved to one. */
  readonly retired?: readonly string[];
}

const version: Check<string> = (value, pointer) => {
  try {
    return checkVersion(text(value, pointer));
  } catch {
    return misfit(pointer, value, "a version");
  }
};

const target: Check<unknown> = (value, pointer) => {
  if (typeof value === "string") return version(value, pointer);
  const weights = recordOf(integer(1))(value, pointer);
  if (Object.keys(weights).length === 0) misfit(pointer, value, "a version, or versions with weights");
  for (const name of Object.keys(weights)) version(name, pointer);
  return value;
};

const moment = shape({ id: text, at: instant }, { by: text });
const change = shape({ id: text, target, at: instant }, { by: text, rolledBack: moment });
const alias = shape({ target, updated: instant, history: arrayOf(change, 1) }, { by: text });
const document = shape({ aliases: record }, { $schema: text, retired: arrayOf(version) });
const aliasName = matching(/^(?!v(?:0|[1-9]\d{0,14})$)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "an alias");

const aliases: Check<Aliases> = (value, pointer) => {
  formatOne(value, pointer);
  const parsed = document(value, pointer) as unknown as Aliases;
  for (const [name, member] of Object.entries(parsed.aliases)) {
    aliasName(name, "/aliases");
    alias(member, `/aliases/${name}`);
  }
  return parsed;
};

/**
 * @param where the document's URI, for messages.
 * @throws {TricastError} `model-invalid`, naming the member that is wrong.
 */
export function parseAliases(json: string, where: string = ALIASES_FILE): Aliases {
  return parseDocument(json, where, aliases);
}

export interface AliasesRead {
  readonly aliases: Aliases;
  /** `undefined` when there is no `aliases.json` yet. */
  readonly tag: string | undefined;
}

export const NO_ALIASES: Aliases = { $schema: ALIASES_SCHEMA, format: 1, aliases: {} };

export interface ReadAliasesOptions {
  readonly ifNoneMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a model's aliases; none where there is no such object.
 * @returns `"unchanged"` when the object still has the tag `ifNoneMatch`.
 * @throws {TricastError} `model-invalid` for a document that is not one of aliases.
 */
export async function readAliases(
  store: ObjectStore,
  name: string,
  options?: ReadAliasesOptions & { readonly ifNoneMatch?: undefined },
): Promise<AliasesRead>;
export async function readAliases(
  store: ObjectStore,
  name: string,
  options: ReadAliasesOptions,
): Promise<AliasesRead | "unchanged">;
export async function readAliases(
  store: ObjectStore,
  name: string,
  options: ReadAliasesOptions = {},
): Promise<AliasesRead | "unchanged"> {
  const key = aliasesKey(name);
  const object = await readSmall(store, key, options);
  if (object === "unchanged") return object;
  if (object === undefined) return { aliases: NO_ALIASES, tag: undefined };
  return { aliases: parseAliases(object.text, `${store.uri}/${key}`), tag: object.tag };
}

/** Whether an alias, now or at one of its `changes` last promotions that stand, leads to the version. */
export function pointsTo({ history, target }: Alias, version: string, changes = 0): boolean {
  const standing = history.filter(({ rolledBack }) => rolledBack === undefined);
  const targets = [
    target,
    ...standing.slice(standing.length - Math.min(changes, standing.length)).map((one) => one.target),
  ];
  return targets.some((one) => Object.hasOwn(toWeights(one), version));
}

export function toWeights(target: AliasVersions): Weights {
  return typeof target === "string" ? { [target]: 1 } : target;
}

/** As people write it: `v7`, or `v7=90 v8=10`. */
export function formatAliasVersions(target: AliasVersions): string {
  if (typeof target === "string") return target;
  return Object.entries(target)
    .map(([version, weight]) => `${version}=${weight}`)
    .join(" ");
}
