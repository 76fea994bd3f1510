import type { TricastError } from "@tricast/core";
import { GOOGLE_ADVICE, type GoogleHeaders, googleHeaders } from "@tricast/identity/google";
import type { ObjectBody, ObjectInfo, ObjectStore, ReadOptions, WriteOptions } from "../../object-store.ts";
import type { StoreOptions } from "../../store-options.ts";
import { checkKey, formatUri, joinKey, type UriOf } from "../../uri.ts";
import { conflict, identified, missing, retryAfterOf, statusError } from "../errors.ts";
import { readText } from "../http/body.ts";
import { createHttpClient } from "../http/client.ts";
import { infoOf, rangeHeader } from "../http/headers.ts";
import type { HttpReply, HttpRequest } from "../http/http-types.ts";
import { toReadResult } from "../http/read-result.ts";
import { toUpload } from "../upload.ts";
import type { WireReadOptions, WireReadResult } from "../wire.ts";

type Root = UriOf<"gs">;

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const ROLES = "it needs roles/storage.objectViewer, and roles/storage.objectAdmin to push";

/** The members of an object resource that we ask for: cloud.google.com/storage/docs/json_api/v1/objects */
const FIELDS = "name,size,generation,updated";

interface Resource {
  readonly name: string;
  readonly size: string;
  readonly generation: string;
  readonly updated: string;
}

/**
 * Google Cloud Storage over its JSON API. A tag is the object's generation. Bytes are read as they are stored: one that
 * was uploaded with `Content-Encoding: gzip` stays compressed.
 */
export function createGoogleStore(root: Root, options: StoreOptions): ObjectStore {
  const client = createHttpClient(options);
  const authorize = createAuthorize();
  const uri = formatUri(root);
  const bucket = `${endpoint(options)}/storage/v1/b/${encodeURIComponent(root.bucket)}/o`;
  const send = async (request: Omit<HttpRequest, "headers"> & Partial<Pick<HttpRequest, "headers">>) =>
    client.send({ ...request, headers: { ...request.headers, ...(await authorize()) } });

  const object = (key: string, parameters: Record<string, string> = {}) =>
    withParameters(`${bucket}/${encodeURIComponent(joinKey(root.key, checkKey(key)))}`, parameters);

  const head = async (key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
    const what = `HEAD ${uri}/${key}`;
    const reply = await send({ method: "GET", url: object(key, { fields: FIELDS }), signal });
    const text = await readText(reply, what);
    if (reply.status === 200) return toInfo(key, JSON.parse(text) as Resource);
    if (reply.status === 404 && !isBucketMissing(text)) return undefined;
    throw failure(reply, text, what, root.bucket);
  };

  const read = async (key: string, read: WireReadOptions = {}): Promise<WireReadResult | undefined> => {
    const what = `GET ${uri}/${key}`;
    // Accepting gzip keeps Google from unpacking, which has no ranges: cloud.google.com/storage/docs/transcoding
    const headers: Record<string, string> = { "accept-encoding": "gzip" };
    if (read.range !== undefined) headers.range = rangeHeader(read.range);
    const url = object(key, { alt: "media", ...readConditions(read) });
    const { signal, onSent } = read;
    const reply = await client.get({ url, headers: { ...headers, ...(await authorize()) }, signal, onSent });
    const info = () => infoOf(key, reply.headers, String(reply.headers["x-goog-generation"] ?? ""));
    const failed = async () => failure(reply, await readText(reply, what), what, root.bucket);
    return toReadResult(reply, { what, read, info, head: () => head(key, signal), failure: failed });
  };

  const write = async (key: string, body: ObjectBody, options: WriteOptions): Promise<ObjectInfo> => {
    const what = `PUT ${uri}/${key}`;
    const { size, open } = await toUpload(body);
    const name = joinKey(root.key, checkKey(key));
    const parameters = { uploadType: "media", name, fields: FIELDS, ...writeConditions(options) };
    const url = withParameters(bucket.replace("/storage/v1/", "/upload/storage/v1/"), parameters);
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    const reply = await send({ method: "POST", url, headers, body: open(), signal: options.signal });
    const text = await readText(reply, what);
    if (reply.status === 200) return toInfo(key, JSON.parse(text) as Resource);
    if (reply.status === 404 && options.ifMatch && !isBucketMissing(text)) throw conflict(what);
    throw failure(reply, text, what, root.bucket);
  };

  return {
    uri,
    head,
    read,
    write: (key, body, options = {}) => write(key, body, options),
    list: (prefix, signal) => {
      const base = root.key === "" ? "" : `${root.key}/`;
      return list((url) => send({ method: "GET", url, signal }), bucket, { base, prefix, uri, bucket: root.bucket });
    },
    delete: async (key, signal) => {
      const what = `DELETE ${uri}/${key}`;
      const reply = await send({ method: "DELETE", url: object(key), signal });
      const text = await readText(reply, what);
      const gone = reply.status === 204 || reply.status === 200 || (reply.status === 404 && !isBucketMissing(text));
      if (!gone) throw failure(reply, text, what, root.bucket);
    },
  };
}

/** As Google's own clients read it: with or without `http://`. */
function endpoint({ endpoint }: StoreOptions): string {
  const emulator = process.env.STORAGE_EMULATOR_HOST;
  if (endpoint !== undefined) return endpoint.replace(/\/$/, "");
  if (!emulator) return "https://storage.googleapis.com";
  return (/^https?:\/\//.test(emulator) ? emulator : `http://${emulator}`).replace(/\/$/, "");
}

/** An emulator gets no credentials. */
function createAuthorize(): GoogleHeaders {
  if (process.env.STORAGE_EMULATOR_HOST) return async () => ({});
  const headers = googleHeaders(SCOPE);
  return () => identified(headers, ROLES);
}

function withParameters(address: string, parameters: Record<string, string>): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

/** cloud.google.com/storage/docs/request-preconditions */
function readConditions({ ifMatch, ifNoneMatch }: ReadOptions): Record<string, string> {
  return {
    ...(ifMatch !== undefined && { ifGenerationMatch: ifMatch }),
    ...(ifNoneMatch !== undefined && { ifGenerationNotMatch: ifNoneMatch }),
  };
}

/** Generation 0 stands for no object. */
function writeConditions({ ifMatch }: WriteOptions): Record<string, string> {
  return ifMatch === undefined ? {} : { ifGenerationMatch: ifMatch ?? "0" };
}

function toInfo(key: string, { size, generation, updated }: Resource): ObjectInfo {
  return { key, size: Number(size), tag: generation, modified: Date.parse(updated) };
}

interface Listing {
  readonly base: string;
  readonly prefix: string;
  readonly uri: string;
  readonly bucket: string;
}

async function* list(
  get: (url: URL) => Promise<HttpReply>,
  address: string,
  { base, prefix, uri, bucket }: Listing,
): AsyncGenerator<ObjectInfo> {
  const what = `LIST ${uri}/${prefix}`;
  const parameters: Record<string, string> = { prefix: base + prefix, fields: `nextPageToken,items(${FIELDS})` };
  do {
    const reply = await get(withParameters(address, parameters));
    const text = await readText(reply, what);
    if (reply.status !== 200) throw failure(reply, text, what, bucket);
    const page = JSON.parse(text) as { items?: Resource[]; nextPageToken?: string };
    for (const item of page.items ?? []) yield toInfo(item.name.slice(base.length), item);
    parameters.pageToken = page.nextPageToken ?? "";
  } while (parameters.pageToken !== "");
}

function isBucketMissing(text: string): boolean {
  return /bucket does not exist/i.test(text);
}

function failure({ status, headers }: HttpReply, text: string, what: string, bucket: string): TricastError {
  if (status === 404 && isBucketMissing(text)) return missing(`bucket gs://${bucket}`);
  const retryAfterSeconds = retryAfterOf(headers["retry-after"]);
  return statusError({
    status,
    what,
    detail: detailOf(text),
    credentials: `${GOOGLE_ADVICE}; ${ROLES}`,
    retryAfterSeconds,
  });
}

/** Errors of the JSON API are JSON, those of downloads are plain text. */
function detailOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } | string };
    return (typeof error === "string" ? error : error?.message) ?? "";
  } catch {
    return text.startsWith("<") ? "" : text.slice(0, 200);
  }
}
