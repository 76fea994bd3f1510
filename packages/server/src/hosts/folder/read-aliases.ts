import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TricastError } from "@tricast/core";
import { messageOf, show } from "@tricast/core/adapter";
import { compareVersions } from "./scan-folder.ts";

/** The version that each alias of a model stands for. */
export type Aliases = ReadonlyMap<string, string>;

export const NO_ALIASES: Aliases = new Map();

/** Where a store keeps the aliases of a model, beside its versions. */
const FILE = "aliases.json";

/**
 * The aliases of the model in `folder`, as a store keeps them; none where there is no such file. One that shares its
 * requests among versions stands for the version with the largest share.
 * @throws {TricastError} `model-invalid` for a file that has no aliases in it, or one that leads to none of `versions`:
 *   to serve another version instead could be what the alias is there to prevent.
 */
export async function readAliases(folder: string, versions: readonly string[]): Promise<Aliases> {
  const path = join(folder, FILE);
  const text = await readIfThere(path);
  if (text === undefined) return NO_ALIASES;
  const found = new Map<string, string>();
  for (const [alias, { target }] of Object.entries(parse(path, text))) {
    const version = mostServed(target);
    if (version === undefined || !versions.includes(version)) {
      const known = versions.join(", ");
      throw invalid(path, `${show(alias)} leads to ${show(version ?? target)}; it must be one of ${known}`);
    }
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

/** A version, or of versions with weights the first in weight, and of equal ones the newest. */
function mostServed(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  const weights = Object.entries((target ?? {}) as Readonly<Record<string, number>>);
  return weights.sort(([a, one], [b, other]) => other - one || compareVersions(b, a))[0]?.[0];
}

function invalid(path: string, why: string, cause?: unknown): TricastError {
  return new TricastError("model-invalid", `${path} cannot be used: ${why}; promote a version again`, { cause });
}
