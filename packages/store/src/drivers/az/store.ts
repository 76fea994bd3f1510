import type { TricastError } from "@tricast/core";
import { AZURE_ADVICE, azureToken, findStorageAccount, signSharedKey } from "@tricast/identity/azure";
import type { ObjectStore } from "../../object-store.ts";
import type { StoreOptions } from "../../store-options.ts";
import { formatUri, type UriOf } from "../../uri.ts";
import { type FailedReply, identified, statusError, withoutCredentials } from "../errors.ts";
import { infoOf } from "../http/headers.ts";
import { createRemoteStore, createSend, type Send, type TextReply } from "../remote-store.ts";
import { elementOf, parseList } from "../xml.ts";

type Root = UriOf<"az">;

/** A version that Azurite and every Azure cloud support, and that allows 5000 MiB in a single Put Blob. */
const VERSION = "2021-12-02";

const CREDENTIALS =
  "or set AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_KEY, or put a SAS in the URL; the identity needs the role Storage Blob Data Reader, and Storage Blob Data Contributor to push";

/** learn.microsoft.com/rest/api/storageservices/list-blobs */
const LIST = {
  object: "Blob",
  facts: ["Name", "Content-Length", "Etag", "Last-Modified"],
  next: "NextMarker",
} as const;

/** Azure Blob Storage over its REST API. A tag is the blob's ETag. */
export function createAzureStore(root: Root, options: StoreOptions): ObjectStore {
  const token = azureToken("https://storage.azure.com");
  return createRemoteStore({
    uri: formatUri(root),
    prefix: root.key,
    bucket: `container az://${root.account}/${root.container}`,
    send: createSender(root, options, token),
    toInfo: (key, { headers }) => infoOf(key, headers),
    isBucketMissing: (reply) => ["ContainerNotFound", "ContainerBeingDeleted"].includes(codeOf(reply)),
    failure: (reply, what) => failure(reply, what, token.absence),
    listQuery: (prefix, marker) => ({ restype: "container", comp: "list", prefix, ...(marker && { marker }) }),
    parseList: (xml) => parseList(xml, LIST),
  });
}

function createSender(root: Root, options: StoreOptions, token: () => Promise<string | undefined>): Send {
  const account = findStorageAccount(root.account, { endpoint: options.endpoint ?? root.endpoint, sas: root.sas });
  return createSend(options, async ({ method, key, query = {}, headers: given }) => {
    const path = [root.container, ...(key === "" ? [] : key.split("/"))].map(encodeURIComponent).join("/");
    const url = new URL(`${account.endpoint}/${path}`);
    for (const [name, value] of new URLSearchParams(account.sas ?? "")) url.searchParams.set(name, value);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers: Record<string, string> = {
      ...given,
      "x-ms-date": new Date().toUTCString(),
      "x-ms-version": VERSION,
      ...(method === "PUT" && { "x-ms-blob-type": "BlockBlob" }),
    };
    if (account.key !== undefined) {
      headers.authorization = signSharedKey({ method, url, headers }, account.name, account.key);
    } else if (account.sas === undefined) {
      const bearer = await identified(token, CREDENTIALS);
      if (bearer !== undefined) headers.authorization = `Bearer ${bearer}`;
    }
    return { url, headers };
  });
}

function codeOf({ headers }: FailedReply): string {
  return String(headers["x-ms-error-code"] ?? "");
}

function failure(reply: TextReply, what: string, absence: string | undefined): TricastError {
  const code = codeOf(reply);
  const message = elementOf(reply.text, "Message").split("\n")[0];
  const detail = [code, message].filter(Boolean).join(": ");
  // Azure answers an anonymous request with this 409 if the account has no public access.
  const status = code === "PublicAccessNotPermitted" ? 403 : reply.status;
  return statusError(
    { ...reply, status },
    { what, detail, credentials: withoutCredentials(absence, `${AZURE_ADVICE}; ${CREDENTIALS}`) },
  );
}
