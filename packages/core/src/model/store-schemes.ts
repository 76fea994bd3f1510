/** The stores that models are read from, by the scheme of their addresses, each with the form of an address. */
export const STORE_SCHEMES = {
  s3: "s3://bucket/path",
  gs: "gs://bucket/path",
  az: "az://account/container/path",
  https: "https://host/path",
  file: "file:///path",
} as const;

export type StoreScheme = keyof typeof STORE_SCHEMES;
/** Of stores that are read over the network. */
export type RemoteScheme = Exclude<StoreScheme, "file">;

export const REMOTE_SCHEMES = (Object.keys(STORE_SCHEMES) as StoreScheme[]).filter((scheme) => scheme !== "file");

/**
 * Two letters at least: `C:\models` is a path. Without the `i` flag, whose first use loads case folding tables: 0.25 ms
 * of the start of every instance.
 */
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/;
const VERSION_REFERENCE = /(^|[\\/])[^\\/@]+@[A-Za-z0-9][A-Za-z0-9._-]*(?<!\.onnx|\.ort)$/;

/** The scheme of an address, in lower case; `undefined` for a path. */
export function schemeOf(address: string): string | undefined {
  return SCHEME.exec(address)?.[1]?.toLowerCase();
}

/** The store that an address is read from over the network. `http`, which the store allows on the loopback, is `https`. */
export function remoteSchemeOf(address: string): RemoteScheme | undefined {
  const scheme = schemeOf(address);
  return scheme === "http" ? "https" : REMOTE_SCHEMES.find((remote) => remote === scheme);
}

/** The remote stores of several addresses, each once. */
export function remoteSchemesOf(addresses: readonly string[]): RemoteScheme[] {
  return REMOTE_SCHEMES.filter((scheme) => addresses.some((address) => remoteSchemeOf(address) === scheme));
}

/** Whether a path is a version in a folder that is a store: `models/iris@prod`. */
export function isVersionReference(path: string): boolean {
  return VERSION_REFERENCE.test(path);
}
