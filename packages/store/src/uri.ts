import { TricastError } from "@tricast/core";
import { STORE_SCHEMES, schemeOf, show } from "@tricast/core/adapter";

/** The address of a store's root, or of one object in it. `key` and `path` have no trailing `/`. */
export type StoreUri =
  | { readonly scheme: "file"; readonly path: string }
  /** The query may hold a signature. It is part of every request, and never part of a message. */
  | { readonly scheme: "https"; readonly origin: string; readonly path: string; readonly query: string }
  | BucketUri<"s3">
  | BucketUri<"gs">
  | {
      readonly scheme: "az";
      readonly account: string;
      readonly container: string;
      readonly key: string;
      /** `https://ACCOUNT.blob.core.windows.net`, if the URI was a URL; sovereign clouds have other endings. */
      readonly endpoint?: string | undefined;
      /** A shared access signature, without `?`; empty if the URI has no signature. */
      readonly sas: string;
    };

export interface BucketUri<Scheme extends "s3" | "gs" = "s3" | "gs"> {
  readonly scheme: Scheme;
  readonly bucket: string;
  readonly key: string;
}

/** The addresses of one kind of store. */
export type UriOf<Scheme extends StoreUri["scheme"]> = Extract<StoreUri, { readonly scheme: Scheme }>;

const FORMS = `a path or ${Object.values(STORE_SCHEMES).join(", ")}`;

/** learn.microsoft.com/azure/storage/common/storage-account-overview, "Storage account endpoints". */
const AZURE_HOST =
  /^([a-z0-9]{3,24})\.(?:z\d{1,2}\.)?blob\.(?:core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|storage\.azure\.net)$/;

/** learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const AZURE_ACCOUNT = /^[a-z0-9]{3,24}$/;
const AZURE_CONTAINER = /^(?:\$root|\$web|[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62})$/;
const AZURE_FORM = `write ${STORE_SCHEMES.az} or the blob's URL`;

/**
 * Parses a URI of any store. Object names of `s3://`, `gs://` and `az://` are used literally, as in the clouds' own
 * tools; URLs are percent-decoded. A plain blob URL of Azure becomes `az`.
 * @throws {TricastError} `invalid-option`
 */
export function parseUri(uri: string): StoreUri {
  const scheme = schemeOf(uri);
  const rest = uri.slice((scheme ?? "").length + 1).replace(/^\/\//, "");
  if (uri === "") throw invalid(uri, "it is empty", `use ${FORMS}`);
  switch (scheme) {
    case undefined:
      return { scheme: "file", path: withoutTrailingSlash(uri) };
    case "file":
      return { scheme: "file", path: withoutTrailingSlash(toPath(uri)) };
    case "https":
    case "http":
      return parseUrl(uri);
    case "s3":
    case "gs":
      return { scheme, ...parseBucket(uri, scheme, rest) };
    case "az":
      return parseAzure(uri, rest);
    default:
      throw invalid(uri, `no store has the scheme "${scheme}"`, `use ${FORMS}`);
  }
}

/** The text of the URI, without secrets. */
export function formatUri(uri: StoreUri): string {
  switch (uri.scheme) {
    case "file":
      return uri.path;
    case "https":
      return `${uri.origin}${uri.path}`;
    case "s3":
    case "gs":
      return [`${uri.scheme}:/`, uri.bucket, uri.key].filter(Boolean).join("/");
    case "az":
      return ["az:/", uri.account, uri.container, uri.key].filter(Boolean).join("/");
  }
}

/**
 * Splits an object's URI into its folder and its key in that folder.
 * @throws {TricastError} `invalid-option` if the URI names a whole bucket.
 */
export function splitUri(text: string): { readonly folder: StoreUri; readonly key: string } {
  const object = parseUri(text);
  const isPath = object.scheme === "file" || object.scheme === "https";
  const [path, name] = splitLast(isPath ? object.path : object.key);
  if (name === "") throw invalid(text, "it does not name an object", "append the object's name");
  const folder = isPath ? { ...object, path } : { ...object, key: path };
  return { folder, key: object.scheme === "https" ? decode(name) : name };
}

/** Joins a prefix and a key. Either may be empty. */
export function joinKey(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}/${key}`;
}

/** @throws {TricastError} `invalid-option` for a key that points outside its store. */
export function checkKey(key: string): string {
  if (key !== "" && !key.startsWith("/") && !key.includes("\0") && !hasDots(key)) return key;
  const rule = 'a key is relative, is not empty, and has no "." or ".." between slashes; correct it';
  throw new TricastError("invalid-option", `${show(key)} is not a key: ${rule}`);
}

function parseUrl(text: string): StoreUri {
  const url = toUrl(text);
  const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !loopback) {
    throw invalid(
      redact(url),
      "models are fetched over TLS, and http: is allowed for the loopback interface only",
      "write https:",
    );
  }
  const query = url.search.slice(1);
  const account = AZURE_HOST.exec(url.hostname)?.[1];
  if (account === undefined) {
    return { scheme: "https", origin: originOf(url), path: withoutTrailingSlash(url.pathname), query };
  }
  const [container = "", ...key] = url.pathname.split("/").filter(Boolean).map(decode);
  checkContainer(redact(url), container);
  return { scheme: "az", account, container, key: key.join("/"), endpoint: url.origin, sas: query };
}

function originOf(url: URL): string {
  if (url.username === "" && url.password === "") return url.origin;
  const fix = 'pass them as { headers: { authorization: "..." } }';
  throw invalid(redact(url), "it contains credentials, which would appear in logs", fix);
}

function parseBucket(text: string, scheme: "s3" | "gs", rest: string): Omit<BucketUri, "scheme"> {
  const [, bucket = "", key = ""] = /^([^/]*)(?:\/(.*))?$/s.exec(rest) ?? [];
  // docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, cloud.google.com/storage/docs/buckets#naming;
  // an access point's ARN is used like a bucket's name.
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket) && !bucket.startsWith("arn:")) {
    throw invalid(text, `${show(bucket)} is not the name of a bucket`, `write ${STORE_SCHEMES[scheme]}, in lower case`);
  }
  return { bucket, key: cleanKey(text, key) };
}

function parseAzure(text: string, rest: string): StoreUri {
  const [account = "", container = "", ...key] = rest.split("/");
  if (!AZURE_ACCOUNT.test(account)) {
    throw invalid(text, `${show(account)} is not an account: 3 to 24 lower-case letters and digits`, AZURE_FORM);
  }
  checkContainer(text, container);
  return { scheme: "az", account, container, key: cleanKey(text, key.join("/")), sas: "" };
}

function checkContainer(text: string, container: string): void {
  if (AZURE_CONTAINER.test(container)) return;
  const rule = "3 to 63 lower-case letters, digits and single hyphens";
  throw invalid(text, `${show(container)} is not a container: ${rule}`, AZURE_FORM);
}

function cleanKey(text: string, key: string): string {
  const clean = withoutTrailingSlash(key);
  if (clean === "") return "";
  if (clean.startsWith("/")) throw invalid(text, "the key begins with a slash", "remove the double slash");
  if (hasDots(clean)) throw invalid(text, 'the key has a "." or ".." between slashes', "write the key without them");
  return clean;
}

/** Clouds treat dots as part of a name, but a folder and a URL resolve them. */
function hasDots(key: string): boolean {
  return key.split("/").some((part) => part === "." || part === "..");
}

function toPath(uri: string): string {
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const fix = "write file:///absolute/path or a plain path";
  return attempt(() => fileURLToPath(uri), uri, "it is not a file URL with an absolute path", fix);
}

function toUrl(text: string): URL {
  return attempt(() => new URL(text), text.split("?")[0] as string, "it is not a URL", "write https://host/path");
}

function decode(text: string): string {
  return attempt(() => decodeURIComponent(text), text, "its percent-encoding is not valid", "encode % as %25");
}

function attempt<T>(task: () => T, value: string, rule: string, fix: string): T {
  try {
    return task();
  } catch (cause) {
    throw invalid(value, rule, fix, cause);
  }
}

function redact(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function splitLast(path: string): [string, string] {
  const slash = Math.max(path.lastIndexOf("/"), process.platform === "win32" ? path.lastIndexOf("\\") : -1);
  if (slash === -1) return ["", path];
  // The root folder keeps its slash.
  return [path.slice(0, slash) || (path.startsWith("/") ? "/" : ""), path.slice(slash + 1)];
}

function withoutTrailingSlash(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end) === "/" && path.length > 1 ? "/" : path.slice(0, end);
}

function invalid(value: string, rule: string, fix: string, cause?: unknown): TricastError {
  return new TricastError("invalid-option", `${show(value)} is not a store URI: ${rule}; ${fix}`, { cause });
}
