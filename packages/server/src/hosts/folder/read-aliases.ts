import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TricastError } from "@tricast/core";
import { messageOf, show } from "@tricast/core/adapter";
import { compareVersions } from "./scan-folder.ts";

/** The version of each alias of a model. */
export type Aliases = ReadonlyMap<string, string>;

export const NO_ALIASES: Aliases = new Map();

/** A store keeps this file with aliases next to the versions of a model. */
const FILE = "aliases.json";

/**
 * Reads the aliases of the model in `folder`, as a store keeps them. Without the file, the model has no aliases. An alias
 * that splits requests between versions points to the version with the largest share.
 * @throws {TricastError} `model-invalid` for a file without aliases, or for an alias of a version that is not in
 *   `versions`: an alias may exist to keep the other versions from being served.
 */
export async function readAliases(folder: string, versions: readonly string[]): Promise<Aliases> {
  const path = join(folder, FILE);
  const text = await readIfThere(path);
  if (text === undefined) return NO_ALIASES;
  const found = new Map<string, string>();
  for (const [alias, { target }] of Object.entries(parse(path, text))) {
    const version = mostServed(target);
    if (version === undefined || !versions.includes(version))
      throw invalid(
        path,
        `${show(alias)} points to ${show(version ?? target)}; it must be one of ${versions.join(", ")}`,
      );
    found.set(alias, version);
  }
  return found;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

type Document = Readonly<Record<string, { readonly target?: unknown }>>;

function parse(path: string, text: string): Document {
  let document: { readonly aliases?: unknown } | null;
  try {
    document = JSON.parse(text) as typeof document;
  } catch (cause) {
    throw invalid(path, `it is not JSON: ${messageOf(cause)}`, cause);
  }
  const aliases = document?.aliases;
  const members = typeof aliases === "object" && aliases !== null ? Object.values(aliases) : [null];
  if (members.every((member) => typeof member === "object" && member !== null)) return aliases as Document;
  throw invalid(path, 'it must have "aliases", an object of aliases with their targets');
}

/** The target, if it is a version; else the version with the largest weight, and of equal ones the newest. */
function mostServed(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  const weights = Object.entries((target ?? {}) as Readonly<Record<string, number>>);
  return weights.sort(([a, one], [b, other]) => other - one || compareVersions(b, a))[0]?.[0];
}

function invalid(path: string, why: string, cause?: unknown): TricastError {
  return new TricastError("model-invalid", `${path} cannot be used: ${why}; promote a version again`, { cause });
}
