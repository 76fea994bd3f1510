import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ObjectBody, ObjectInfo, ObjectStore, WriteOptions } from "../object-store.ts";
import type { StoreOptions } from "../store-options.ts";
import { checkKey, joinKey } from "../uri.ts";
import { conflict, type FailedReply, missing } from "./errors.ts";
import { readText } from "./http/body.ts";
import { createHttpClient } from "./http/client.ts";
import { readHeaders } from "./http/headers.ts";
import type { HttpReply, HttpRequest } from "./http/http-types.ts";
import { toReadResult } from "./http/read-result.ts";
import type { WireReadOptions, WireReadResult } from "./wire.ts";
import type { Page } from "./xml.ts";

/** A request of one of the five verbs, before a cloud gives it an address and credentials. */
export interface StoreRequest extends Pick<HttpRequest, "signal" | "onSent"> {
  /** Method and address without secrets, for messages. */
  readonly what: string;
  readonly method: "HEAD" | "GET" | "PUT" | "DELETE";
  /** Within the bucket, prefix included. Empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Range and conditions are those of RFC 9110. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: ObjectBody;
}

export interface SignedRequest extends Pick<HttpRequest, "url" | "headers"> {
  /** Default: the method of the request. */
  readonly method?: string;
}

export type Send = (request: StoreRequest) => Promise<HttpReply>;

/** A reply that was read to its end. */
export interface TextReply extends FailedReply {
  readonly text: string;
}

/** How one cloud differs from the others. */
export interface CloudProtocol {
  readonly uri: string;
  /** The prefix of all keys of the store. */
  readonly prefix: string;
  /** The bucket as messages name it: `bucket s3://models`. */
  readonly bucket: string;
  readonly send: Send;
  /** The facts in the reply to a HEAD, GET or PUT. `text` is empty for a GET. */
  toInfo(key: string, reply: TextReply): ObjectInfo;
  /** Whether a reply that is not a success means that the bucket does not exist. */
  isBucketMissing(reply: TextReply, request: StoreRequest): boolean | Promise<boolean>;
  failure(reply: TextReply, what: string): Error;
  /** The query of a list; `page` is {@link Page.next} of the page before. */
  listQuery(prefix: string, page: string): Record<string, string>;
  parseList(text: string): Page;
}

/** Sends requests over one HTTP client; `sign` gives each its address and credentials. */
export function createSend(options: StoreOptions, sign: (request: StoreRequest) => Promise<SignedRequest>): Send {
  const client = createHttpClient(options);
  return async (request) => {
    const { signal, onSent, body } = request;
    const { url, headers, method = request.method } = await sign(request);
    if (request.method === "GET" && request.key !== "") return client.get({ url, headers, signal, onSent });
    const content = body === undefined || body instanceof Uint8Array ? body : createReadStream(body.path);
    return client.send({ method, url, headers, signal, onSent, body: content });
  };
}

/** The verbs of a store over the HTTP protocol of one cloud. */
export function createRemoteStore(cloud: CloudProtocol): ObjectStore {
  const { uri, send } = cloud;
  const request = (method: StoreRequest["method"], key: string, signal: AbortSignal | undefined): StoreRequest => {
    return { what: `${method} ${uri}/${key}`, method, key: joinKey(cloud.prefix, checkKey(key)), headers: {}, signal };
  };

  const head = async (key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
    const sent = request("HEAD", key, signal);
    const reply = await exchange(cloud, sent);
    if (reply.status === 200) return cloud.toInfo(key, reply);
    await throwUnlessAbsent(cloud, reply, sent);
    return undefined;
  };

  const read = async (key: string, read: WireReadOptions = {}): Promise<WireReadResult | undefined> => {
    const sent = { ...request("GET", key, read.signal), headers: readHeaders(read), onSent: read.onSent };
    const reply = await send(sent);
    const failure = async () => {
      const whole = await readWhole(reply, sent);
      await throwUnlessAbsent(cloud, whole, sent);
      return cloud.failure(whole, sent.what);
    };
    const info = () => cloud.toInfo(key, { ...reply, text: "" });
    return toReadResult(reply, { what: sent.what, read, info, head: () => head(key, read.signal), failure });
  };

  const write = async (key: string, body: ObjectBody, write: WriteOptions = {}): Promise<ObjectInfo> => {
    const size = body instanceof Uint8Array ? body.length : (await stat(body.path)).size;
    const type = { "content-length": String(size), "content-type": "application/octet-stream" };
    const sent = { ...request("PUT", key, write.signal), headers: { ...type, ...writeConditions(write) }, body };
    const reply = await exchange(cloud, sent);
    if (reply.status === 200 || reply.status === 201) return { ...cloud.toInfo(key, reply), size };
    await throwUnlessAbsent(cloud, reply, sent);
    // An object that does not exist does not have the tag either.
    throw write.ifMatch ? conflict(sent.what) : cloud.failure(reply, sent.what);
  };

  const remove = async (key: string, signal?: AbortSignal): Promise<void> => {
    const sent = request("DELETE", key, signal);
    const reply = await exchange(cloud, sent);
    if (reply.status < 200 || reply.status > 299) await throwUnlessAbsent(cloud, reply, sent);
  };

  return { uri, head, read, write, list: (prefix, signal) => list(cloud, prefix, signal), delete: remove };
}

async function* list(cloud: CloudProtocol, prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo> {
  const folder = joinKey(cloud.prefix, "");
  let page = "";
  do {
    const query = cloud.listQuery(folder + prefix, page);
    const sent: StoreRequest = {
      what: `LIST ${cloud.uri}/${prefix}`,
      method: "GET",
      key: "",
      query,
      headers: {},
      signal,
    };
    const reply = await exchange(cloud, sent);
    if (reply.status !== 200) {
      await throwUnlessAbsent(cloud, reply, sent);
      throw cloud.failure(reply, sent.what);
    }
    const { objects, next } = cloud.parseList(reply.text);
    for (const object of objects) yield { ...object, key: object.key.slice(folder.length) };
    page = next;
  } while (page !== "");
}

async function exchange({ send }: CloudProtocol, request: StoreRequest): Promise<TextReply> {
  return readWhole(await send(request), request);
}

async function readWhole(reply: HttpReply, { what }: StoreRequest): Promise<TextReply> {
  return { status: reply.status, headers: reply.headers, text: await readText(reply, what) };
}

/** Returns if the reply only means that the object does not exist. */
async function throwUnlessAbsent(cloud: CloudProtocol, reply: TextReply, request: StoreRequest): Promise<void> {
  if (await cloud.isBucketMissing(reply, request)) throw missing(cloud.bucket);
  if (reply.status !== 404) throw cloud.failure(reply, request.what);
}

function writeConditions({ ifMatch }: WriteOptions): Record<string, string> {
  if (ifMatch === undefined) return {};
  return ifMatch === null ? { "if-none-match": "*" } : { "if-match": ifMatch };
}
