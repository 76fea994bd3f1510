import type { GetObjectCommandInput, GetObjectCommandOutput, S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { optionalImport } from "@tricast/core/adapter";
import type { ObjectInfo, ObjectStore, WriteOptions } from "../../object-store.ts";
import type { StoreOptions } from "../../store-options.ts";
import { checkKey, formatUri, joinKey } from "../../uri.ts";
import { conflict, missing } from "../errors.ts";
import { readBody } from "../http/body.ts";
import { clampRange, rangeHeader } from "../http/headers.ts";
import type { HttpBody } from "../http/http-types.ts";
import { isWanted, nothing } from "../http/read-result.ts";
import { createSmithyHandler } from "../http/smithy-handler.ts";
import { toUpload } from "../upload.ts";
import type { WireReadOptions, WireReadResult } from "../wire.ts";
import { endpointOf, type Root, type S3Environment } from "./environment.ts";
import { statusOf, translate } from "./errors.ts";

type Sdk = typeof import("@aws-sdk/client-s3");

/** Everything through the AWS SDK, which is imported here. @throws {TricastError} `missing-dependency` */
export async function createSdkStore(
  root: Root,
  options: StoreOptions,
  environment: S3Environment | undefined,
): Promise<ObjectStore> {
  const sdk = await optionalImport("@aws-sdk/client-s3", "s3://", () => import("@aws-sdk/client-s3"));
  const client = new sdk.S3Client(clientConfig(options, environment));
  const uri = formatUri(root);
  const at = (key: string) => ({ Bucket: root.bucket, Key: joinKey(root.key, checkKey(key)) });

  const head = async (key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> => {
    try {
      return toInfo(key, await client.send(new sdk.HeadObjectCommand(at(key)), abortable(signal)));
    } catch (error) {
      if (statusOf(error) !== 404) throw translate(error, `HEAD ${uri}/${key}`, signal);
      await requireBucket(sdk, client, root.bucket, signal);
      return undefined;
    }
  };

  const read = async (key: string, read: WireReadOptions = {}): Promise<WireReadResult | undefined> => {
    const { range, ifMatch, signal, onSent, reuse } = read;
    const what = `GET ${uri}/${key}`;
    const input: GetObjectCommandInput = { ...at(key), IfMatch: ifMatch, IfNoneMatch: read.ifNoneMatch };
    if (range !== undefined) input.Range = rangeHeader(range);
    let body: HttpBody | undefined;
    const takeBody = (taken: HttpBody) => {
      body = taken;
    };
    try {
      const calls = { ...abortable(signal), onSent, takeBody };
      const reply = await client.send(new sdk.GetObjectCommand(input), calls as object);
      const info = toInfo(key, { ...reply, ContentLength: sizeOf(reply) });
      if (body === undefined || !isWanted(body, info, read, what)) return undefined;
      const { start, end } = clampRange(range, info.size);
      return { info, body: readBody(body, { what, length: end - start, reuse, signal }) };
    } catch (error) {
      if (statusOf(error) === 304) return undefined;
      if (statusOf(error) === 416) return nothing(await head(key, signal), what, read);
      throw translate(error, what, signal);
    }
  };

  return {
    uri,
    head,
    read,
    write: async (key, body, write = {}) => {
      const { size, open } = await toUpload(body);
      const input = { ...at(key), ...toConditions(write), Body: open(), ContentLength: size };
      const command = new sdk.PutObjectCommand(input);
      try {
        const { ETag = "" } = await client.send(command, abortable(write.signal));
        return { key, size, tag: ETag, modified: Date.now() };
      } catch (error) {
        const what = `PUT ${uri}/${key}`;
        // An object that is not there does not have the tag either; the bucket has its own name for its absence.
        if (write.ifMatch && (error as Error).name === "NoSuchKey") throw conflict(what, error);
        throw translate(error, what, write.signal);
      }
    },
    list: (prefix, signal) => list(sdk, client, root, uri, prefix, signal),
    delete: async (key, signal) => {
      try {
        await client.send(new sdk.DeleteObjectCommand(at(key)), abortable(signal));
      } catch (error) {
        throw translate(error, `DELETE ${uri}/${key}`, signal);
      }
    },
  };
}

/** What is left out, the SDK resolves: region, profile, roles, credentials, endpoint, from environment and files. */
function clientConfig(options: StoreOptions, environment: S3Environment | undefined): S3ClientConfig {
  const endpoint = environment === undefined ? endpointOf(options) : environment.endpoint;
  const region = options.region || environment?.region;
  return {
    ...(environment && { credentials: environment.credentials }),
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(options.profile && { profile: options.profile }),
    forcePathStyle: options.pathStyle ?? Boolean(endpoint),
    followRegionRedirects: true,
    // Tries are counted in one place, where a broken body counts too.
    maxAttempts: 1,
    // Our own digest covers the whole file; other makes of S3 refuse the SDK's newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: createSmithyHandler(options),
  };
}

function abortable(abortSignal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return abortSignal === undefined ? {} : { abortSignal };
}

/** docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function toConditions({ ifMatch }: WriteOptions): { IfMatch?: string; IfNoneMatch?: "*" } {
  if (ifMatch === undefined) return {};
  return ifMatch === null ? { IfNoneMatch: "*" } : { IfMatch: ifMatch };
}

interface ObjectFacts {
  readonly ContentLength?: number | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}

function toInfo(key: string, { ContentLength = 0, ETag = "", LastModified }: ObjectFacts): ObjectInfo {
  return { key, size: ContentLength, tag: ETag, modified: LastModified?.getTime() ?? 0 };
}

function sizeOf({ ContentRange, ContentLength }: GetObjectCommandOutput): number | undefined {
  return ContentRange === undefined ? ContentLength : Number(ContentRange.split("/")[1]);
}

/** A HEAD has no body that would say which of the two is missing. */
async function requireBucket(sdk: Sdk, client: S3Client, bucket: string, signal: AbortSignal | undefined) {
  try {
    await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), abortable(signal));
  } catch (error) {
    if (statusOf(error) === 404) throw missing(`bucket s3://${bucket}`, error);
    // Whoever may only read objects may not look at the bucket.
    if (statusOf(error) !== 403) throw translate(error, `HEAD s3://${bucket}`, signal);
  }
}

async function* list(
  sdk: Sdk,
  client: S3Client,
  root: Root,
  uri: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo> {
  const base = root.key === "" ? "" : `${root.key}/`;
  const input = { Bucket: root.bucket, Prefix: base + prefix };
  try {
    for await (const page of sdk.paginateListObjectsV2({ client }, input, abortable(signal))) {
      for (const { Key = "", ETag, Size, LastModified } of page.Contents ?? []) {
        yield toInfo(Key.slice(base.length), { ContentLength: Size, ETag, LastModified });
      }
    }
  } catch (error) {
    throw translate(error, `LIST ${uri}/${prefix}`, signal);
  }
}
