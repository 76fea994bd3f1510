import type { TricastError } from "@tricast/core";
import { AZURE_ADVICE, azureToken, findStorageAccount, signSharedKey } from "@tricast/identity/azure";
import type { ObjectInfo, ObjectStore, WriteOptions } from "../../object-store.ts";
import type { StoreOptions } from "../../store-options.ts";
import { checkKey, formatUri, joinKey, type UriOf } from "../../uri.ts";
import { identified, missing, retryAfterOf, statusError } from "../errors.ts";
import { discard, readText } from "../http/body.ts";
import { createHttpClient } from "../http/client.ts";
import { infoOf, readHeaders } from "../http/headers.ts";
import type { HttpReply, HttpRequest } from "../http/http-types.ts";
import { toReadResult } from "../http/read-result.ts";
import { toUpload } from "../upload.ts";
import type { WireReadOptions, WireReadResult } from "../wire.ts";
import { parseBlobList } from "./list.ts";

type Root = UriOf<"az">;

/** Of the versions that Azurite and every cloud of Azure know, one that takes 5000 MiB in a single Put Blob. */
const VERSION = "2021-12-02";

const CREDENTIALS =
  "or set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_KEY, or give a SAS in the URL; the identity needs the role Storage Blob Data Reader, and Storage Blob Data Contributor to push";

/** Azure Blob Storage over its REST API. A tag is the blob's ETag. */
export function createAzureStore(root: Root, options: StoreOptions): ObjectStore {
  const send = createSender(root, options);
  const uri = formatUri(root);
  const path = (key: string) => joinKey(root.key, checkKey(key));

  const head = async (key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
    const reply = await send({ method: "HEAD", path: path(key), signal });
    discard(reply);
    if (reply.status === 200) return infoOf(key, reply.headers);
    if (reply.status === 404 && !isContainerMissing(reply)) return undefined;
    throw await failure(reply, `HEAD ${uri}/${key}`, root);
  };

  const read = async (key: string, read: WireReadOptions = {}): Promise<WireReadResult | undefined> => {
    const what = `GET ${uri}/${key}`;
    const { signal, onSent } = read;
    const headers = readHeaders(read);
    const reply = await send({ method: "GET", path: path(key), headers, signal, onSent, direct: true });
    const [info, failed] = [() => infoOf(key, reply.headers), () => failure(reply, what, root)];
    return toReadResult(reply, { what, read, info, head: () => head(key, signal), failure: failed });
  };

  return {
    uri,
    head,
    read,
    write: async (key, body, write = {}) => {
      const what = `PUT ${uri}/${key}`;
      const { size, open } = await toUpload(body);
      const headers = {
        "content-length": String(size),
        "content-type": "application/octet-stream",
        "x-ms-blob-type": "BlockBlob",
        ...toConditions(write),
      };
      const reply = await send({ method: "PUT", path: path(key), headers, body: open(), signal: write.signal });
      if (reply.status !== 201) throw await failure(reply, what, root);
      discard(reply);
      return { ...infoOf(key, reply.headers), size };
    },
    list: (prefix, signal) => list(send, root, uri, prefix, signal),
    delete: async (key, signal) => {
      const reply = await send({ method: "DELETE", path: path(key), signal });
      const gone = reply.status === 202 || (reply.status === 404 && !isContainerMissing(reply));
      if (!gone) throw await failure(reply, `DELETE ${uri}/${key}`, root);
      discard(reply);
    },
  };
}

interface BlobRequest extends Partial<Pick<HttpRequest, "headers" | "body" | "signal" | "onSent">> {
  readonly method: string;
  /** Below the container; empty for the container itself. */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** The body is large: see `HttpClient.get`. */
  readonly direct?: boolean;
}

type Send = (request: BlobRequest) => Promise<HttpReply>;

function createSender(root: Root, options: StoreOptions): Send {
  const client = createHttpClient(options);
  const account = findStorageAccount(root.account, { endpoint: options.endpoint ?? root.endpoint, sas: root.sas });
  const token = azureToken("https://storage.azure.com");
  return async ({ path, parameters = {}, direct = false, ...request }) => {
    const url = new URL(
      `${account.endpoint}/${[root.container, ...path.split("/")].map(encodeURIComponent).join("/")}`,
    );
    if (path === "") url.pathname = url.pathname.replace(/\/$/, "");
    for (const [name, value] of new URLSearchParams(account.sas ?? "")) url.searchParams.set(name, value);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    const headers: Record<string, string> = {
      ...request.headers,
      "x-ms-date": new Date().toUTCString(),
      "x-ms-version": VERSION,
    };
    if (account.key !== undefined) {
      headers.authorization = signSharedKey({ method: request.method, url, headers }, account.name, account.key);
    } else if (account.sas === undefined) {
      const bearer = await identified(token, CREDENTIALS);
      if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
    }
    return direct ? client.get({ ...request, url, headers }) : client.send({ ...request, url, headers });
  };
}

function toConditions({ ifMatch }: WriteOptions): Record<string, string> {
  if (ifMatch === undefined) return {};
  return ifMatch === null ? { "if-none-match": "*" } : { "if-match": ifMatch };
}

async function* list(
  send: Send,
  root: Root,
  uri: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo> {
  const what = `LIST ${uri}/${prefix}`;
  const base = root.key === "" ? "" : `${root.key}/`;
  let marker = "";
  do {
    const parameters = { restype: "container", comp: "list", prefix: base + prefix, ...(marker && { marker }) };
    const reply = await send({ method: "GET", path: "", parameters, signal });
    if (reply.status !== 200) throw await failure(reply, what, root);
    const page = parseBlobList(await readText(reply, what));
    for (const blob of page.blobs) yield { ...blob, key: blob.key.slice(base.length) };
    marker = page.marker;
  } while (marker !== "");
}

function codeOf({ headers }: HttpReply): string {
  return String(headers["x-ms-error-code"] ?? "");
}

function isContainerMissing(reply: HttpReply): boolean {
  return codeOf(reply) === "ContainerNotFound" || codeOf(reply) === "ContainerBeingDeleted";
}

async function failure(reply: HttpReply, what: string, root: Root): Promise<TricastError> {
  const text = reply.body.readableEnded ? "" : await readText(reply, what).catch(() => "");
  if (isContainerMissing(reply)) return missing(`container az://${root.account}/${root.container}`);
  // A blob that is already there answers a write "if none" with 409, and a leased one too.
  const detail = [codeOf(reply), /<Message>([^<\n]*)/.exec(text)?.[1] ?? ""].filter(Boolean).join(": ");
  const retryAfterSeconds = retryAfterOf(reply.headers["retry-after"]);
  // An account of that name without public access answers 409 to nobody: PublicAccessNotPermitted.
  const status = codeOf(reply) === "PublicAccessNotPermitted" ? 403 : reply.status;
  return statusError({ status, what, detail, credentials: `${AZURE_ADVICE}; ${CREDENTIALS}`, retryAfterSeconds });
}
