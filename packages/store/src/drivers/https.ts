import { TricastError } from "@tricast/core";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { permanent } from "../retry.ts";
import type { StoreOptions } from "../store-options.ts";
import { checkKey, formatUri, type StoreUri } from "../uri.ts";
import { retryAfterOf, statusError, unavailable } from "./errors.ts";
import { discard, isWanted, nothing, readBody, readText } from "./http/body.ts";
import { createHttpClient } from "./http/client.ts";
import type { HttpClient, HttpReply } from "./http/http-types.ts";
import { clampRange, rangeHeader, totalSize } from "./http/range.ts";
import type { WireReadOptions, WireReadResult } from "./wire.ts";

type Root = Extract<StoreUri, { scheme: "https" }>;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LONGEST_CHAIN = 10;

/**
 * Any web server, read-only. A tag is the strong ETag, else the time of change and the size; a server that tells neither
 * has the empty tag, which pins nothing.
 */
export function createHttpsStore(root: Root, options: StoreOptions): ObjectStore {
  const client = createHttpClient(options);
  const uri = formatUri(root);
  const ask = (method: string, key: string, headers: Record<string, string>, read: WireReadOptions) =>
    follow(client, toUrl(root, key), { method, headers, secret: options.headers ?? {}, read });

  const head = async (key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
    const reply = await ask("HEAD", key, {}, { signal });
    discard(reply);
    if (reply.status === 404 || reply.status === 410) return undefined;
    // Signed addresses are signed for GET alone, and some servers do not know HEAD.
    if ([403, 405, 501].includes(reply.status) || totalSize(reply.headers) === undefined) return headByGet(key, signal);
    if (reply.status !== 200) throw await failure(reply, `HEAD ${uri}/${key}`);
    return toInfo(key, reply);
  };

  const headByGet = async (key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
    try {
      const result = await read(key, { range: { start: 0, end: 1 }, signal });
      for await (const _ of result?.body ?? []);
      return result?.info;
    } catch (error) {
      if ((error as TricastError).code === "store-not-found") return undefined;
      throw error;
    }
  };

  const read = async (key: string, read: WireReadOptions = {}): Promise<WireReadResult | undefined> => {
    const what = `GET ${uri}/${key}`;
    const reply = await ask("GET", key, conditions(read), read);
    const { status } = reply;
    if (status === 304 || status === 416) {
      discard(reply);
      return status === 304 ? undefined : nothing(await head(key, read.signal), what, read);
    }
    if (status !== 200 && status !== 206) throw await failure(reply, what);
    if (totalSize(reply.headers) === undefined) {
      reply.body.destroy();
      throw permanent(unavailable(what, "the server does not tell the size; serve the file with a Content-Length"));
    }
    const info = toInfo(key, reply);
    if (!isWanted(reply.body, info, read, what)) return undefined;
    const { start, end } = clampRange(read.range, info.size);
    const rangeless = status === 200 && read.range !== undefined;
    const { reuse, signal } = read;
    const body = readBody(reply.body, { what, skip: rangeless ? start : 0, length: end - start, reuse, signal });
    return { info, body, rangeless };
  };

  return {
    uri,
    head,
    read,
    write: async () => refuse(uri, "write to"),
    list: () => refuseList(uri),
    delete: async () => refuse(uri, "delete from"),
  };
}

function toUrl(root: Root, key: string): URL {
  const path = checkKey(key).split("/").map(encodeURIComponent).join("/");
  const url = new URL(`${root.origin}${root.path === "/" ? "" : root.path}/${path}`);
  if (root.query !== "") url.search = root.query;
  return url;
}

function conditions({ range, ifMatch, ifNoneMatch }: WireReadOptions): Record<string, string> {
  // Compressed bytes would be others than those the manifest names, and have no ranges.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (range !== undefined) headers.range = rangeHeader(range);
  if (ifMatch?.startsWith('"')) headers["if-match"] = ifMatch;
  if (ifNoneMatch?.startsWith('"')) headers["if-none-match"] = ifNoneMatch;
  return headers;
}

function toInfo(key: string, { headers }: HttpReply): ObjectInfo {
  const size = totalSize(headers) ?? 0;
  const { etag = "", "last-modified": changed = "" } = headers;
  const modified = Date.parse(changed);
  const weak = Number.isNaN(modified) ? "" : `${modified}-${size}`;
  return { key, size, tag: etag.startsWith('"') ? etag : weak, modified: Number.isNaN(modified) ? 0 : modified };
}

interface Ask {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to the first host only. */
  readonly secret: Readonly<Record<string, string>>;
  readonly read: WireReadOptions;
}

async function follow(client: HttpClient, first: URL, { method, headers, secret, read }: Ask): Promise<HttpReply> {
  let url = first;
  for (let hops = 0; hops <= LONGEST_CHAIN; hops++) {
    const own = url.origin === first.origin ? secret : {};
    const { signal, onSent } = read;
    const request = { url, headers: { ...headers, ...own }, signal, onSent };
    const reply = await (method === "GET" ? client.get(request) : client.send({ ...request, method }));
    if (!REDIRECTS.has(reply.status) || reply.headers.location === undefined) return reply;
    discard(reply);
    const next = new URL(reply.headers.location, url);
    if (url.protocol === "https:" && next.protocol !== "https:") {
      const why = `it redirects to ${next.origin}, without TLS; use an address that stays on https:`;
      throw permanent(unavailable(`${method} ${url.origin}${url.pathname}`, why));
    }
    url = next;
  }
  throw permanent(unavailable(`${method} ${first.origin}${first.pathname}`, `more than ${LONGEST_CHAIN} redirects`));
}

async function failure(reply: HttpReply, what: string): Promise<TricastError> {
  const text = await readText(reply, what).catch(() => "");
  const detail = /^\s*[<{]/.test(text) ? "" : text.trim().slice(0, 200);
  const credentials = "sign the address, or pass { headers: { authorization } }";
  const retryAfterSeconds = retryAfterOf(reply.headers["retry-after"]);
  return statusError({ status: reply.status, what, detail, credentials, retryAfterSeconds });
}

function refuse(uri: string, verb: string): never {
  throw new TricastError(
    "store-denied",
    `tricast cannot ${verb} ${uri}: a web server is read-only; push to a folder, s3://, gs:// or az://, and serve that`,
  );
}

// biome-ignore lint/correctness/useYield: it refuses when it is iterated, as a store that lists would
async function* refuseList(uri: string): AsyncGenerator<ObjectInfo> {
  refuse(uri, "list");
}
