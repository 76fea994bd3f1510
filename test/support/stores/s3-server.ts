import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listen } from "./listen.ts";
import type { TestServer } from "./test-server.ts";

const require = createRequire(import.meta.url);

interface Listing {
  readonly ListBucketResult?: { readonly Contents?: { readonly Key: string }[] };
}

interface Context {
  readonly body?: unknown;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface S3rver {
  readonly middleware: ((context: Context, next: () => Promise<void>) => Promise<void>)[];
  readonly store: {
    existsObject(bucket: string, key: string): Promise<boolean>;
    getObject: GetObject;
    getResourcePath(bucket: string, key: string, resource: "object"): string;
  };
  configureBuckets(): Promise<void>;
  callback(): Parameters<typeof createServer>[0];
}

type GetObject = (
  bucket: string,
  key: string,
  range: { start: number; end: number },
) => Promise<
  { readonly metadata: { readonly etag: string }; readonly size: number; readonly content?: Content } | undefined
>;

interface Content {
  destroy(): void;
}

/**
 * s3rver, plus what it lacks of S3: conditional writes and reads, one
 * request of an object at a time until its reply begins, replies that a later write does not change, 416 for a range of an
 * empty object, lists in key order. It does not check signatures of version 4.
 */
export async function startS3Server(): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), "tricast-s3-"));
  const Server = require("s3rver") as new (options: object) => S3rver;
  const s3 = new Server({ silent: true, directory, vhostBuckets: false, configureBuckets: [{ name: "models" }] });
  // After the one that writes plain objects as XML, before the one that knows the operations.
  s3.middleware.splice(2, 0, conditions(s3), inKeyOrder);
  await s3.configureBuckets();
  const server = createServer(s3.callback());
  const { port, close } = await listen(server);
  const address = `http://127.0.0.1:${port}`;
  return {
    uri: "s3://models/store",
    address,
    options: { endpoint: address, region: "us-east-1" },
    env: {
      AWS_ENDPOINT_URL_S3: address,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "S3RVER",
      AWS_SECRET_ACCESS_KEY: "S3RVER",
    },
    close: async () => {
      await close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html */
function conditions(s3: S3rver) {
  const S3Error = require("s3rver/lib/models/error") as new (code: string, message: string) => Error;
  const turns = new Map<string, Promise<unknown>>();
  const check = async ({ method, path, headers }: Context): Promise<void> => {
    if (method === "GET" && headers.range !== undefined && (await factsOf(s3, path))?.size === 0) {
      throw new S3Error("InvalidRange", "The requested range is not satisfiable");
    }
    const wanted = headers["if-match"];
    const absent = headers["if-none-match"] === "*";
    if (wanted === undefined && !absent) return;
    const tag = (await factsOf(s3, path))?.metadata.etag;
    if (wanted !== undefined && tag === undefined) throw new S3Error("NoSuchKey", "The specified key does not exist.");
    if ((wanted !== undefined && wanted !== tag) || (absent && tag !== undefined)) {
      throw new S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    }
  };
  return async (context: Context, next: () => Promise<void>): Promise<void> => {
    const { method, path, query } = context;
    if (!["GET", "HEAD", "PUT"].includes(method) || Object.keys(query).some((name) => name !== "x-id")) return next();
    const turn = (turns.get(path) ?? Promise.resolve()).then(async () => {
      await check(context);
      // Replies that are under way keep the old file.
      if (method === "PUT") await rm(s3.store.getResourcePath(...locate(path), "object"), { force: true });
      await next();
    });
    turns.set(
      path,
      turn.catch(() => {}),
    );
    await turn;
  };
}

async function inKeyOrder(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { ListBucketResult } = (context.body ?? {}) as Listing;
  ListBucketResult?.Contents?.sort((a, b) => Buffer.compare(Buffer.from(a.Key), Buffer.from(b.Key)));
}

async function factsOf(s3: S3rver, path: string) {
  const [bucket, key] = locate(path);
  if (!(await s3.store.existsObject(bucket, key))) return undefined;
  const object = await s3.store.getObject(bucket, key, { start: 0, end: 0 });
  object?.content?.destroy();
  return object;
}

function locate(path: string): [bucket: string, key: string] {
  const [, bucket = "", ...rest] = decodeURIComponent(path).split("/");
  return [bucket, rest.join("/")];
}
