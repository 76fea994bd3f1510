import { TricastError } from "@tricast/core";
import { STORE_SCHEMES, schemeOf, show } from "@tricast/core/adapter";

/** The address of a store's root, or of one object in it. `key` and `path` have no trailing `/`. */
export type StoreUri =
  | { readonly scheme: "file"; readonly path: string }
  /** The query (a signature, say) goes with every request and is left out of every message. */
  | { readonly scheme: "https"; readonly origin: string; readonly path: string; readonly query: string }
  | BucketUri<"s3">
  | BucketUri<"gs">
  | {
      readonly scheme: "az";
      readonly account: string;
      readonly container: string;
      readonly key: string;
      /** `https://ACCOUNT.blob.core.windows.net`, where the URI named it; sovereign clouds have other endings. */
      readonly endpoint?: string | undefined;
      /** A shared access signature, without `?`; empty when there is none. */
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

/**
 * Reads a URI of any store. Object names of `s3://`, `gs://` and `az://` are taken literally, as the clouds' own tools do;
 * URLs are percent-decoded. A plain blob URL of Azure becomes `az`.
 * @throws {TricastError} `invalid-option`
 */
export function parseUri(uri: string): StoreUri {
  const scheme = schemeOf(uri);
  const rest = uri.slice((scheme ?? "").length + 1).replace(/^\/\//, "");
  if (uri === "") throw invalid(uri, "it is empty", `give ${FORMS}`);
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
      throw invalid(uri, `no store has the scheme "${scheme}"`, `give ${FORMS}`);
  }
}

/** The URI again, without secrets. */
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
 * Splits an object's URI into the folder it lies in and its name there.
 * @throws {TricastError} `invalid-option` when the URI names a whole bucket.
 */
export function splitUri(text: string): { readonly folder: StoreUri; readonly key: string } {
  const uri = parseUri(text);
  const [folder, name] = splitLast(uri.scheme === "file" || uri.scheme === "https" ? uri.path : uri.key);
  if (name === "") throw invalid(text, "it names no object", "append the object's name");
  switch (uri.scheme) {
    case "file":
      return { folder: { ...uri, path: folder }, key: name };
    case "https":
      return { folder: { ...uri, path: folder }, key: decode(name) };
    default:
      return { folder: { ...uri, key: folder }, key: name };
  }
}

/** Below `prefix`; either may be empty. */
export function joinKey(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}/${key}`;
}

/** @throws {TricastError} `invalid-option` for a key that would leave its store. */
export function checkKey(key: string): string {
  if (key === "" || key.startsWith("/") || key.includes("\0") || hasDots(key)) {
    throw new TricastError(
      "invalid-option",
      `${show(key)} is not a key: keys are relative, not empty, and have no "." or ".." between slashes`,
    );
  }
  return key;
}

function parseUrl(text: string): StoreUri {
  const url = toUrl(text);
  const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === "http:" && !loopback) {
    throw invalid(redact(url), "models travel over TLS; http: is for the loopback interface only", "write https:");
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

/** With user and password, which `URL.origin` leaves out. */
function originOf(url: URL): string {
  if (url.username === "" && url.password === "") return url.origin;
  throw invalid(
    redact(url),
    "credentials in a URL end up in logs",
    'pass them as { headers: { authorization: "..." } }',
  );
}

function parseBucket(text: string, scheme: "s3" | "gs", rest: string): Omit<BucketUri, "scheme"> {
  const [, bucket = "", key = ""] = /^([^/]*)(?:\/(.*))?$/s.exec(rest) ?? [];
  // docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, cloud.google.com/storage/docs/buckets#naming;
  // an access point's ARN stands where a bucket's name does.
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket) && !bucket.startsWith("arn:")) {
    throw invalid(text, `${show(bucket)} is not a bucket's name`, `write ${STORE_SCHEMES[scheme]}, in lower case`);
  }
  return { bucket, key: cleanKey(text, key) };
}

function parseAzure(text: string, rest: string): StoreUri {
  const [account = "", container = "", ...key] = rest.split("/");
  if (!AZURE_ACCOUNT.test(account)) {
    throw invalid(text, `${show(account)} is not an account: 3 to 24 small letters and digits`, form());
  }
  checkContainer(text, container);
  return { scheme: "az", account, container, key: cleanKey(text, key.join("/")), sas: "" };
}

function checkContainer(text: string, container: string): void {
  if (AZURE_CONTAINER.test(container)) return;
  throw invalid(
    text,
    `${show(container)} is not a container: 3 to 63 small letters, digits and single hyphens`,
    form(),
  );
}

function form(): string {
  return `write ${STORE_SCHEMES.az} or the blob's URL`;
}

function cleanKey(text: string, key: string): string {
  const clean = withoutTrailingSlash(key);
  if (clean === "") return "";
  if (clean.startsWith("/")) throw invalid(text, "the key begins with a slash", "remove the double slash");
  if (hasDots(clean)) throw invalid(text, 'the key has a "." or ".." in it', "write the key it leads to");
  return clean;
}

/** A store takes them as names, a folder and a URL as directions. */
function hasDots(key: string): boolean {
  return key.split("/").some((part) => part === "." || part === "..");
}

function toPath(uri: string): string {
  try {
    return process.getBuiltinModule("node:url").fileURLToPath(uri);
  } catch (cause) {
    throw invalid(
      uri,
      "it is not a file URL with an absolute path",
      "write file:///absolute/path or a plain path",
      cause,
    );
  }
}

function toUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw invalid(text.split("?")[0] as string, "it is not a URL", "write https://host/path", cause);
  }
}

function redact(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid(text, "its percent-encoding is broken", "encode % as %25", cause);
  }
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
