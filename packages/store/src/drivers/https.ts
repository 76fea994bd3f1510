import type { TricastError } from "@tricast/core";
import { REMOTE_SCHEMES, show } from "@tricast/core/adapter";
import { hasCode } from "../error-codes.ts";
import type { ObjectInfo, ObjectStore } from "../object-store.ts";
import { permanent } from "../retry.ts";
import type { StoreOptions } from "../store-options.ts";
import { checkKey, formatUri, type UriOf } from "../uri.ts";
import { denied, statusError, unavailable } from "./errors.ts";
import { discard, readText } from "./http/body.ts";
import { createHttpClient } from "./http/client.ts";
import { infoOf, readHeaders, totalSize } from "./http/headers.ts";
import type { HttpReply } from "./http/http-types.ts";
import { toReadResult } from "./http/read-result.ts";
import type { WireReadOptions, WireReadResult } from "./wire.ts";

type Root = UriOf<"https">;

const WRITABLE = REMOTE_SCHEMES.filter((scheme) => scheme !== "https").map((scheme) => `${scheme}://`);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const LONGEST_CHAIN = 10;

/**
 * Any web server, read-only. A tag is the strong ETag, else the time of change and the size. If a server sends neither,
 * the tag is empty and has no effect as a condition.
 */
export function createHttpsStore(root: Root, options: StoreOptions): ObjectStore {
  const client = createHttpClient(options);
  const uri = formatUri(root);
  const ask = (method: string, key: string, headers: Record<string, string>, read: WireReadOptions) => {
    const first = toUrl(root, key);
    const { signal, onSent } = read;
    return follow(first, method, (url) => {
      const secret = url.origin === first.origin ? options.headers : {};
      const request = { url, headers: { ...headers, ...secret }, signal, onSent };
      return method === "GET" ? client.get(request) : client.send({ ...request, method });
    });
  };

  const head = async (key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
    const reply = await ask("HEAD", key, {}, { signal });
    discard(reply);
    if (reply.status === 404 || reply.status === 410) return undefined;
    // A signed URL is valid for GET only, and some servers do not support HEAD.
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
      if (hasCode(error, "store-not-found")) return undefined;
      throw error;
    }
  };

  const read = async (key: string, read: WireReadOptions = {}): Promise<WireReadResult | undefined> => {
    const what = `GET ${uri}/${key}`;
    const reply = await ask("GET", key, conditions(read), read);
    const info = () => {
      if (totalSize(reply.headers) !== undefined) return toInfo(key, reply);
      throw permanent(unavailable(what, "the reply has no size; serve the file with a Content-Length"));
    };
    const failed = () => failure(reply, what);
    return toReadResult(reply, { what, read, info, head: () => head(key, read.signal), failure: failed });
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

function conditions(read: WireReadOptions): Record<string, string> {
  const strong = (tag: string | undefined) => (tag?.startsWith('"') ? tag : undefined);
  const tags = { ifMatch: strong(read.ifMatch), ifNoneMatch: strong(read.ifNoneMatch) };
  // Digests and ranges refer to the uncompressed bytes.
  return { "accept-encoding": "identity", ...readHeaders({ ...read, ...tags }) };
}

function toInfo(key: string, { headers }: HttpReply): ObjectInfo {
  const info = infoOf(key, headers);
  if (info.tag.startsWith('"')) return info;
  const isDated = !Number.isNaN(Date.parse(headers["last-modified"] ?? ""));
  return { ...info, tag: isDated ? `${info.modified}-${info.size}` : "" };
}

async function follow(first: URL, method: string, send: (url: URL) => Promise<HttpReply>): Promise<HttpReply> {
  const refuse = (url: URL, why: string) => permanent(unavailable(`${method} ${url.origin}${url.pathname}`, why));
  let url = first;
  for (let hops = 0; hops <= LONGEST_CHAIN; hops++) {
    const reply = await send(url);
    if (!REDIRECTS.has(reply.status) || reply.headers.location === undefined) return reply;
    discard(reply);
    const next = URL.parse(reply.headers.location, url.href);
    if (next === null || !["http:", "https:"].includes(next.protocol)) {
      const target = show(reply.headers.location.slice(0, 80));
      throw refuse(url, `it redirects to ${target}, and only http: and https: are followed; use the final address`);
    }
    if (url.protocol === "https:" && next.protocol !== "https:") {
      throw refuse(url, `it redirects to ${next.origin}, without TLS; use an address whose redirects stay on https:`);
    }
    url = next;
  }
  throw refuse(first, `more than ${LONGEST_CHAIN} redirects; use the final address`);
}

async function failure(reply: HttpReply, what: string): Promise<TricastError> {
  const text = await readText(reply, what).catch(() => "");
  const detail = /^\s*[<{]/.test(text) ? "" : text.trim().slice(0, 200);
  const credentials = "use a signed URL, or pass { headers: { authorization } }";
  return statusError(reply, { what, detail, credentials });
}

function refuse(uri: string, verb: string): never {
  const fix = `push to a folder or ${WRITABLE.join(", ")}, and serve that`;
  throw denied(`cannot ${verb} ${uri}: a web server is read-only; ${fix}`);
}

// biome-ignore lint/correctness/useYield: like the list of other stores, it throws when it is iterated
async function* refuseList(uri: string): AsyncGenerator<ObjectInfo> {
  refuse(uri, "list");
}
