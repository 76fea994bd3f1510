import { encodeStrictly, signAws } from "@tricast/identity/aws";
import type { ObjectInfo, ObjectStore } from "../../object-store.ts";
import type { StoreOptions } from "../../store-options.ts";
import { checkKey, formatUri, joinKey } from "../../uri.ts";
import { missing } from "../errors.ts";
import { discard, readText } from "../http/body.ts";
import { createHttpClient } from "../http/client.ts";
import { infoOf, readHeaders } from "../http/headers.ts";
import type { HttpReply } from "../http/http-types.ts";
import { toReadResult } from "../http/read-result.ts";
import type { WireReadOptions, WireReadResult } from "../wire.ts";
import type { Root, S3Environment } from "./environment.ts";
import { type S3Error, translate } from "./errors.ts";

/** S3 says that the bucket is in another region, which the SDK finds and follows. */
export class InAnotherRegion extends Error {}

export type SignedReader = Pick<ObjectStore, "head"> & {
  read(key: string, read?: WireReadOptions): Promise<WireReadResult | undefined>;
};

/** GetObject and HeadObject, signed here. Both may throw {@link InAnotherRegion}. */
export function createSignedReader(root: Root, environment: S3Environment, options: StoreOptions): SignedReader {
  const client = createHttpClient(options);
  const uri = formatUri(root);
  const urlOf = (key: string) => toUrl(environment, joinKey(root.key, checkKey(key)));
  // How far S3's clock is ahead of ours, once it has complained.
  let aheadMs = 0;
  const { region, credentials } = environment;
  const sign = (method: string, url: URL) =>
    signAws({ method, url }, { region, service: "s3", time: new Date(Date.now() + aheadMs) }, credentials);

  const ask = async (url: URL, signal: AbortSignal | undefined): Promise<HttpReply> => {
    const reply = await client.send({ method: "HEAD", url, headers: sign("HEAD", url), signal });
    discard(reply);
    return reply;
  };

  const head = async (key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
    const reply = await ask(urlOf(key), signal);
    if (reply.status === 200) return infoOf(key, reply.headers);
    if (reply.status !== 404) throw failure(reply, "", `HEAD ${uri}/${key}`);
    // A HEAD has no body that would say which of the two is missing; whoever may only read may not look at the bucket.
    const { status } = await ask(new URL(environment.address), signal);
    if (status === 404) throw missing(`bucket s3://${root.bucket}`);
    return undefined;
  };

  const read = async (key: string, read: WireReadOptions = {}): Promise<WireReadResult | undefined> => {
    const what = `GET ${uri}/${key}`;
    const url = urlOf(key);
    const { signal, onSent } = read;
    const headers = { ...readHeaders(read), ...sign("GET", url) };
    const reply = await client.get({ url, headers, signal, onSent });
    const failed = async () => {
      const text = await readText(reply, what);
      if (codeOf(text) === "RequestTimeTooSkewed") aheadMs = Date.parse(reply.headers.date ?? "") - Date.now() || 0;
      return failure(reply, text, what);
    };
    const info = () => infoOf(key, reply.headers);
    return toReadResult(reply, { what, read, info, head: () => head(key, signal), failure: failed });
  };

  return { head, read };
}

function toUrl({ address }: S3Environment, key: string): URL {
  return new URL(`${address}/${key.split("/").map(encodeStrictly).join("/")}`);
}

const ELSEWHERE = new Set(["PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed"]);

/** As the SDK would throw it. A HEAD's refusal has no text. */
function failure({ status, headers }: HttpReply, text: string, what: string): unknown {
  const name = codeOf(text);
  const message = /<Message>([^<]*)/.exec(text)?.[1] ?? name;
  const moved = status === 301 || status === 307 || (status === 400 && text === "");
  if (moved || ELSEWHERE.has(name)) return new InAnotherRegion(message);
  const retryAfter = headers["retry-after"] ?? "";
  const error: S3Error = Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { headers: { "retry-after": retryAfter } },
  });
  return translate(error, what, undefined);
}

function codeOf(text: string): string {
  return /<Code>([^<]*)/.exec(text)?.[1] ?? "";
}
