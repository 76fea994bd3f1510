import { isVersionReference, remoteSchemeOf, type StoreScheme, schemeOf } from "@tricast/core/adapter";

/** The kinds of stores that a bundle can read models from; `file` is a folder. */
export type StoreKind = StoreScheme;

/** The store that an instance reads a model from; `undefined` for a file of the artefact. */
export function storeKindOf(uri: string): StoreKind | undefined {
  const scheme = schemeOf(uri);
  if (scheme === undefined || scheme === "file") return isVersionReference(uri) ? "file" : undefined;
  return remoteSchemeOf(uri) ?? "https";
}

/** The kinds of stores of the addresses, each once. */
export function storeKindsOf(uris: readonly string[]): readonly StoreKind[] {
  return [...new Set(uris.flatMap((uri) => storeKindOf(uri) ?? []))];
}
