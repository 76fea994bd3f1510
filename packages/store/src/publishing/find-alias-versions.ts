import type { ObjectStore } from "../object-store.ts";
import { type AliasVersions, findAlias, readAliases } from "../versions/aliases.ts";
import { isNumbered, parseReference } from "../versions/names.ts";

/**
 * The versions of `iris@staging`, with weights. For a version, that version, whether it exists or not.
 * @throws {TricastError} `invalid-option` for a malformed reference.
 */
export async function findAliasVersions(
  store: ObjectStore,
  reference: string,
  signal?: AbortSignal,
): Promise<AliasVersions> {
  const { name, at } = parseReference(reference);
  if (isNumbered(at)) return at;
  const { aliases } = await readAliases(store, name, { signal });
  return findAlias(aliases, at)?.target ?? at;
}
