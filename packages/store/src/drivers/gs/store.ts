import type { TricastError } from "@tricast/core";
import { GOOGLE_ADVICE, type GoogleHeaders, googleHeaders } from "@tricast/identity/google";
import type { ObjectInfo, ObjectStore } from "../../object-store.ts";
import type { StoreOptions } from "../../store-options.ts";
import { formatUri, type UriOf } from "../../uri.ts";
import { identified, statusError, withoutCredentials } from "../errors.ts";
import { infoOf } from "../http/headers.ts";
import {
  createRemoteStore,
  createSend,
  type SignedRequest,
  type StoreRequest,
  type TextReply,
} from "../remote-store.ts";
import type { Page } from "../xml.ts";

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const ROLES = "it needs roles/storage.objectViewer, and roles/storage.objectAdmin to push";

/** The members of an object resource that the store requests: cloud.google.com/storage/docs/json_api/v1/objects */
const FIELDS = "name,size,generation,updated";

interface Resource {
  readonly name: string;
  readonly size: string;
  readonly generation: string;
  readonly updated: string;
}

/**
 * Google Cloud Storage over its JSON API. A tag is the object's generation. Bytes are read as they are stored: an object
 * that was uploaded with `Content-Encoding: gzip` stays compressed.
 */
export function createGoogleStore(root: UriOf<"gs">, options: StoreOptions): ObjectStore {
  const authorize = createAuthorize();
  const address = endpointOf(options);
  return createRemoteStore({
    uri: formatUri(root),
    prefix: root.key,
    bucket: `bucket gs://${root.bucket}`,
    send: createSend(options, async (request) => {
      const { method, url, headers } = toJsonApi(request, address, root.bucket);
      return { method, url, headers: { ...headers, ...(await authorize()) } };
    }),
    toInfo: (key, { headers, text }) => {
      if (text === "") return infoOf(key, headers, String(headers["x-goog-generation"] ?? ""));
      return { ...toInfo(JSON.parse(text) as Resource), key };
    },
    isBucketMissing: ({ status, text }) => status === 404 && /bucket does not exist/i.test(text),
    failure: (reply, what) => failure(reply, what, authorize.absence),
    listQuery: (prefix, pageToken) => ({
      prefix,
      fields: `nextPageToken,items(${FIELDS})`,
      ...(pageToken && { pageToken }),
    }),
    parseList: (text): Page => {
      const { items = [], nextPageToken: next = "" } = JSON.parse(text) as {
        items?: Resource[];
        nextPageToken?: string;
      };
      return { objects: items.map(toInfo), next };
    },
  });
}

/** Google's own clients accept the emulator's address with and without `http://`. */
function endpointOf({ endpoint }: StoreOptions): string {
  const emulator = process.env.STORAGE_EMULATOR_HOST?.replace(/^(?!https?:\/\/)(?=.)/, "http://");
  return (endpoint ?? (emulator || "https://storage.googleapis.com")).replace(/\/$/, "");
}

/** An emulator gets no credentials. */
function createAuthorize(): GoogleHeaders {
  const headers = process.env.STORAGE_EMULATOR_HOST ? async () => ({}) : googleHeaders(SCOPE);
  const absence = () => ("absence" in headers ? headers.absence : undefined);
  return Object.defineProperty(() => identified(headers, ROLES), "absence", { get: absence }) as GoogleHeaders;
}

/** cloud.google.com/storage/docs/json_api/v1/objects */
function toJsonApi({ method, key, query, headers }: StoreRequest, address: string, bucket: string): SignedRequest {
  const { "if-match": ifMatch, "if-none-match": ifNoneMatch, ...others } = headers;
  const objects = `storage/v1/b/${encodeURIComponent(bucket)}/o`;
  if (key === "") return { url: withQuery(`${address}/${objects}`, { ...query }), headers };
  const object = `${address}/${objects}/${encodeURIComponent(key)}`;
  const conditions = toConditions(ifMatch, ifNoneMatch);
  switch (method) {
    case "HEAD":
      return { method: "GET", url: withQuery(object, { fields: FIELDS }), headers };
    case "GET": {
      // If a client does not accept gzip, Google decompresses the object and ignores ranges:
      // cloud.google.com/storage/docs/transcoding
      const accepting = { ...others, "accept-encoding": "gzip" };
      return { url: withQuery(object, { alt: "media", ...conditions }), headers: accepting };
    }
    case "PUT": {
      const parameters = { uploadType: "media", name: key, fields: FIELDS, ...conditions };
      return { method: "POST", url: withQuery(`${address}/upload/${objects}`, parameters), headers: others };
    }
    case "DELETE":
      return { url: new URL(object), headers };
  }
}

/** cloud.google.com/storage/docs/request-preconditions: generation 0 means that the object does not exist. */
function toConditions(ifMatch: string | undefined, ifNoneMatch: string | undefined): Record<string, string> {
  if (ifNoneMatch === "*") return { ifGenerationMatch: "0" };
  return {
    ...(ifMatch !== undefined && { ifGenerationMatch: ifMatch }),
    ...(ifNoneMatch !== undefined && { ifGenerationNotMatch: ifNoneMatch }),
  };
}

function withQuery(address: string, parameters: Record<string, string>): URL {
  const url = new URL(address);
  url.search = new URLSearchParams(parameters).toString();
  return url;
}

function toInfo({ name, size, generation, updated }: Resource): ObjectInfo {
  return { key: name, size: Number(size), tag: generation, modified: Date.parse(updated) };
}

function failure(reply: TextReply, what: string, absence: string | undefined): TricastError {
  const credentials = withoutCredentials(absence, `${GOOGLE_ADVICE}; ${ROLES}`);
  return statusError(reply, { what, detail: detailOf(reply.text), credentials });
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
