import { createHash } from "node:crypto";
import type { TricastError } from "@tricast/core";
import { UNSIGNED_PAYLOAD } from "@tricast/identity/aws";
import type { ObjectStore } from "../../object-store.ts";
import type { StoreOptions } from "../../store-options.ts";
import { formatUri } from "../../uri.ts";
import { denied, statusError, unavailable } from "../errors.ts";
import { discard } from "../http/body.ts";
import { infoOf } from "../http/headers.ts";
import { createRemoteStore, createSend, type Send, type StoreRequest, type TextReply } from "../remote-store.ts";
import { elementOf, type Page, parseList } from "../xml.ts";
import { CREDENTIALS, type Root, readEnvironment } from "./environment.ts";
import { createSigner, type SigningState } from "./sign.ts";

/** docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
const LIST = {
  object: "Contents",
  facts: ["Key", "Size", "ETag", "LastModified"],
  next: "NextContinuationToken",
} as const;

/**
 * S3 and compatible stores. A tag is the ETag. If the environment has keys and region, requests are signed without
 * the AWS SDK. Otherwise the SDK signs them, and is imported now.
 * @throws {TricastError} `missing-dependency`
 */
export async function createS3Store(root: Root, options: StoreOptions): Promise<ObjectStore> {
  const bucket = `bucket s3://${root.bucket}`;
  const send = await createSender(root, options);
  return createRemoteStore({
    uri: formatUri(root),
    prefix: root.key,
    bucket,
    send,
    // The reply to a write has no time.
    toInfo: (key, { headers }) => infoOf(key, { "last-modified": new Date().toUTCString(), ...headers }),
    isBucketMissing: async ({ status, text }, { method, signal }) => {
      if (status !== 404 || method !== "HEAD") return elementOf(text, "Code") === "NoSuchBucket";
      // The reply to a HEAD has no code that shows whether the object or the bucket is missing.
      const what = `HEAD ${bucket}`;
      const reply = await send({ what, method, key: "", headers: {}, signal });
      discard(reply);
      // 403: the permission to read objects does not include the bucket.
      if (![200, 403, 404].includes(reply.status)) throw failure({ ...reply, text: "" }, what);
      return reply.status === 404;
    },
    failure,
    listQuery: (prefix, token) => ({ "list-type": "2", prefix, ...(token && { "continuation-token": token }) }),
    parseList: (xml): Page => {
      if (xml.includes("<ListBucketResult")) return parseList(xml, LIST);
      throw failure({ status: 500, headers: {}, text: xml }, `LIST ${bucket}`);
    },
  });
}

/** Statuses of a request to a bucket in another region. */
const ELSEWHERE = new Set([301, 307, 400]);

/** Follows a bucket to its region, and a clock that differs from S3's. */
async function createSender(root: Root, options: StoreOptions): Promise<Send> {
  const environment = readEnvironment(root, options);
  const sign =
    environment === undefined
      ? await (await import("./sdk-signer.ts")).createSdkSigner(root.bucket, options)
      : createSigner(environment);
  const state: SigningState = { region: undefined, aheadMs: 0 };
  const sendOnce = createSend(options, (request) => sign({ ...request, headers: withDigest(request) }, state));
  return async (request) => {
    const { region } = state;
    const reply = await sendOnce(request);
    const { date = "", "x-amz-bucket-region": found } = reply.headers;
    if (reply.status === 403) state.aheadMs = Date.parse(date) - Date.now() || 0;
    if (!ELSEWHERE.has(reply.status) || typeof found !== "string" || found === region) return reply;
    discard(reply);
    state.region = found;
    return sendOnce(request);
  };
}

/** A file is sent while it is read, so its digest is not known when the request is signed. */
function withDigest({ headers, body }: StoreRequest): Record<string, string> {
  if (body === undefined) return { ...headers };
  const digest = body instanceof Uint8Array ? createHash("sha256").update(body).digest("hex") : UNSIGNED_PAYLOAD;
  return { ...headers, "x-amz-content-sha256": digest };
}

function failure(reply: TextReply, what: string): TricastError {
  const code = elementOf(reply.text, "Code");
  const message = elementOf(reply.text, "Message");
  if (code === "RequestTimeTooSkewed") {
    return unavailable(what, "this machine's clock differs from S3's by more than 15 minutes; set the clock");
  }
  if (code === "ExpiredToken" || code === "InvalidToken") {
    return denied(`${what}: ${message}; ${CREDENTIALS}, or use https:// for a public object`);
  }
  const detail = [code, message === code ? "" : message].filter(Boolean).join(": ");
  return statusError(reply, { what, detail, credentials: CREDENTIALS });
}
