import { TricastError } from "@tricast/core";
import { ALIASES_FILE, isVersionName, modelNameProblem, show, VERSION_RULE } from "@tricast/core/adapter";

/** File name of a version's manifest. */
export const MANIFEST_FILE = "model.json";
/** The alias of a reference without `@`. Each push moves it forward. */
export const LATEST = "latest";

const NUMBERED = /^v(?:0|[1-9]\d{0,14})$/;
const ALIAS = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A model, and one of its aliases or versions. */
export interface Reference {
  readonly name: string;
  readonly at: string;
}

/**
 * Parses `iris@prod`, `iris@v7` or `iris`, which means `iris@latest`.
 * @throws {TricastError} `invalid-option`
 */
export function parseReference(text: string): Reference {
  const [name = "", at = LATEST, ...more] = text.split("@");
  if (more.length > 0 || at === "") {
    throw invalid(text, "a model reference", "name, name@alias or name@version", "such as iris@prod");
  }
  return { name: checkModelName(name), at: checkVersion(at) };
}

/**
 * @returns the name in Unicode's form NFC.
 * @throws {TricastError} `invalid-option`
 */
export function checkModelName(name: string): string {
  const normal = name.normalize("NFC");
  const problem = modelNameProblem(normal);
  if (problem === undefined) return normal;
  throw invalid(name, "a model's name", problem, "use a name such as iris");
}

/** @throws {TricastError} `invalid-option` */
export function checkVersion(version: string): string {
  if (isVersionName(version)) return version;
  throw invalid(version, "a version", VERSION_RULE, "such as v7 or 2026-05-01");
}

/** @throws {TricastError} `invalid-option` */
export function checkAlias(alias: string): string {
  if (isAlias(alias)) return alias;
  const rule = "1 to 63 lower-case letters, digits and dashes, beginning with a letter and not like v7";
  throw invalid(alias, "an alias", rule, "such as prod");
}

export function isModelName(name: string): boolean {
  return modelNameProblem(name) === undefined;
}

export function isAlias(alias: string): boolean {
  return ALIAS.test(alias) && !isNumbered(alias);
}

/** Whether `version` has the form of push's numbers: `v1`, `v2` ... Such a name is never an alias. */
export function isNumbered(version: string): boolean {
  return NUMBERED.test(version);
}

/** By number if both are numbered, so that v2 is before v10; else as text. */
export function compareVersions(a: string, b: string): number {
  if (isNumbered(a) && isNumbered(b)) return Number(a.slice(1)) - Number(b.slice(1));
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function manifestKey(name: string, version: string): string {
  return `${name}/${version}/${MANIFEST_FILE}`;
}

export function fileKey({ name, version }: { readonly name: string; readonly version: string }, path: string): string {
  return `${name}/${version}/${path}`;
}

export function aliasesKey(name: string): string {
  return `${name}/${ALIASES_FILE}`;
}

function invalid(value: string, what: string, rule: string, example: string): TricastError {
  return new TricastError("invalid-option", `${show(value)} is not ${what}: ${rule}; ${example}`);
}
