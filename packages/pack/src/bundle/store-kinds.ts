/** Stores at an address. */
export const REMOTE_STORE_KINDS = ["s3", "gs", "az", "https"] as const;
/** The kinds of stores that a bundle can read models from; `file` is a folder. */
export type StoreKind = (typeof REMOTE_STORE_KINDS)[number] | "file";

/** A scheme has at least two letters: `C:\models` is a path. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;
/** `models/iris@prod`: a version in a folder that is a store. */
const REFERENCE = /(^|[\\/])[a-z0-9][a-z0-9-]*@[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The store that an instance reads a model from; `undefined` for a file that is shipped. */
export function storeKindOf(uri: string): StoreKind | undefined {
  const scheme = SCHEME.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "file") return REFERENCE.test(uri) ? "file" : undefined;
  return REMOTE_STORE_KINDS.find((kind) => kind === scheme) ?? "https";
}

/** The kinds of stores among the addresses of models, each once. */
export function storeKindsOf(uris: readonly string[]): readonly StoreKind[] {
  return [...new Set(uris.flatMap((uri) => storeKindOf(uri) ?? []))];
}
