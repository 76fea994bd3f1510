import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type MadeUpImage, sha256 } from "./made-up-base.ts";

/** The parts of the OCI distribution specification that pulling and pushing use, in memory, with faults on request. */
export interface RegistryServer {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly seen: readonly Seen[];
  /** Blobs by `repository digest`. */
  readonly blobs: Map<string, Buffer>;
  /** Manifests by `repository reference`. */
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Buffer }>;
  add(repository: string, tag: string, image: MadeUpImage): void;
}

export interface Seen {
  readonly method: string;
  /** Path and search. */
  readonly target: string;
  readonly authorization: string | undefined;
  readonly status: number;
}

export interface ServerOptions {
  readonly auth?: "none" | "basic" | "bearer";
  /** Answers instead of the registry, or returns `undefined` to let it. */
  readonly fault?: (method: string, target: string, count: number) => number | "reset" | "halfway" | undefined;
  /** Where blobs are read from instead, as registries do that keep them in a bucket. */
  readonly blobsAt?: () => string;
  readonly mounts?: boolean;
  /** Bearer tokens that are issued before this request with a token are refused from this request on. Default: never. */
  readonly tokensEndAt?: number;
}

export const USER = "builder";
export const PASSWORD = "s3cret:with:colons";
export const IDENTITY = "identity-token";

export async function startRegistry(t: TestContext, options: ServerOptions = {}): Promise<RegistryServer> {
  const registry = createRegistry(options);
  const server = createServer((request, response) => {
    registry.handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  registry.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return registry;
}

function createRegistry(options: ServerOptions) {
  const { auth = "none", mounts = true, tokensEndAt = Number.POSITIVE_INFINITY } = options;
  const seen: Seen[] = [];
  const counts = new Map<string, number>();
  const uploads = new Set<string>();
  /** Token: its scopes, and how often it may still be used. */
  const tokens = new Map<string, { scopes: string[] }>();
  let authorized = 0;

  const registry = {
    host: "",
    seen: seen as readonly Seen[],
    blobs: new Map<string, Buffer>(),
    manifests: new Map<string, { mediaType: string; bytes: Buffer }>(),
    add(repository: string, tag: string, image: MadeUpImage) {
      for (const [digest, bytes] of image.blobs) registry.blobs.set(`${repository} ${digest}`, bytes);
      for (const { mediaType, digest } of [image.index, ...Object.values(image.manifests)]) {
        registry.manifests.set(`${repository} ${digest}`, { mediaType, bytes: image.blobs.get(digest) as Buffer });
      }
      const { mediaType, digest } = image.index;
      registry.manifests.set(`${repository} ${tag}`, { mediaType, bytes: image.blobs.get(digest) as Buffer });
    },
    async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const target = request.url as string;
      // An upload has another address at each try.
      const key = `${request.method} ${target.replace(/uploads\/[^?]+/, "uploads/id")}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      const fault = options.fault?.(request.method as string, target, counts.get(key) as number);
      if (fault === "reset") return void request.socket.destroy();
      response.on("close", () => {
        const { authorization } = request.headers;
        seen.push({ method: request.method as string, target, authorization, status: response.statusCode });
      });
      if (fault === "halfway") {
        response.writeHead(200, { "content-length": "1000000" }).write("x".repeat(1000));
        return void setTimeout(() => request.socket.destroy(), 20);
      }
      if (typeof fault === "number") {
        request.resume();
        return void response.writeHead(fault).end("trouble");
      }
      await answer(request, response, new URL(target, `http://${registry.host}`));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (url.pathname === "/token") return issueToken(request, response, url);
    const [, repository = "", kind, rest = ""] = /^\/v2\/(.+?)\/(manifests|blobs)\/(.*)$/.exec(url.pathname) ?? [];
    const access = request.method === "PUT" || request.method === "POST" ? "push" : "pull";
    const needed = repository === "" ? [] : [`${repository} ${access}`];
    const from = url.searchParams.get("from");
    if (from !== null) needed.push(`${from} pull`);
    if (!mayPass(request, needed)) return refuse(response);
    if (url.pathname === "/v2/") return void response.writeHead(200).end("{}");
    if (kind === "manifests") return manifests(request, response, repository, rest);
    if (kind === "blobs") return blobs(request, response, { repository, rest, url });
    response.writeHead(404).end();
  }

  function mayPass({ headers }: IncomingMessage, needed: readonly string[]): boolean {
    if (auth === "none") return true;
    if (auth === "basic") return headers.authorization === basic();
    if (headers.authorization !== undefined && ++authorized === tokensEndAt) tokens.clear();
    const token = tokens.get(headers.authorization?.replace(/^Bearer /, "") ?? "");
    if (token === undefined) return false;
    return needed.every((one) => token.scopes.includes(one));
  }

  function refuse(response: ServerResponse): void {
    const challenge =
      auth === "basic" ? 'Basic realm="test"' : `Bearer realm="http://${registry.host}/token",service="test, registry"`;
    const body = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "authentication required" }] });
    response.writeHead(401, { "www-authenticate": challenge }).end(body);
  }

  async function issueToken(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const form = new URLSearchParams((await readAll(request)).toString("utf8"));
    const isUser = request.headers.authorization === basic() || form.get("refresh_token") === IDENTITY;
    const isGuest = request.method === "GET" && request.headers.authorization === undefined;
    if (!isUser && !isGuest) return void response.writeHead(401).end();
    const service = form.get("service") ?? url.searchParams.get("service");
    if (service !== "test, registry") return void response.writeHead(400).end();
    const asked = [...url.searchParams.getAll("scope"), ...(form.get("scope")?.split(" ") ?? [])];
    // A guest gets pull only, as token services do: less than was asked for, without an error.
    const scopes = asked.flatMap((scope) => {
      const [, name, actions = ""] = scope.split(":");
      return actions
        .split(",")
        .filter((action) => isUser || action === "pull")
        .map((action) => `${name} ${action}`);
    });
    const token = randomUUID();
    tokens.set(token, { scopes });
    response.writeHead(200).end(JSON.stringify({ token, expires_in: 300 }));
  }

  async function manifests(request: IncomingMessage, response: ServerResponse, repository: string, name: string) {
    if (request.method === "PUT") {
      const bytes = await readAll(request);
      const missing = danglingOf(bytes).filter(
        (digest) =>
          !registry.blobs.has(`${repository} ${digest}`) && !registry.manifests.has(`${repository} ${digest}`),
      );
      if (missing.length > 0) {
        const errors = [{ code: "MANIFEST_BLOB_UNKNOWN", message: `${missing}` }];
        return void response.writeHead(400).end(JSON.stringify({ errors }));
      }
      registry.manifests.set(`${repository} ${name}`, { mediaType: request.headers["content-type"] as string, bytes });
      return void response.writeHead(201, { "docker-content-digest": sha256(bytes) }).end();
    }
    const found = registry.manifests.get(`${repository} ${name}`);
    if (found === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": found.mediaType }).end(found.bytes);
  }

  async function blobs(
    request: IncomingMessage,
    response: ServerResponse,
    { repository, rest, url }: { repository: string; rest: string; url: URL },
  ): Promise<void> {
    if (request.method === "POST") return beginUpload(response, repository, url);
    if (request.method === "PUT") return finishUpload(request, response, { repository, rest, url });
    const bytes = registry.blobs.get(`${repository} ${rest}`);
    if (bytes === undefined) return void response.writeHead(404).end();
    if (options.blobsAt !== undefined && request.method === "GET") {
      return void response.writeHead(307, { location: `${options.blobsAt()}/${rest}` }).end();
    }
    response.writeHead(200, { "content-length": bytes.length }).end(request.method === "HEAD" ? undefined : bytes);
  }

  function beginUpload(response: ServerResponse, repository: string, url: URL): void {
    const [mount, from] = [url.searchParams.get("mount"), url.searchParams.get("from")];
    const mounted = mounts && mount !== null ? registry.blobs.get(`${from} ${mount}`) : undefined;
    if (mounted !== undefined) {
      registry.blobs.set(`${repository} ${mount}`, mounted);
      return void response.writeHead(201, { location: `/v2/${repository}/blobs/${mount}` }).end();
    }
    const id = randomUUID();
    uploads.add(id);
    response.writeHead(202, { location: `/v2/${repository}/blobs/uploads/${id}?state=kept%2Bas-is` }).end();
  }

  async function finishUpload(
    request: IncomingMessage,
    response: ServerResponse,
    { repository, rest, url }: { repository: string; rest: string; url: URL },
  ): Promise<void> {
    const bytes = await readAll(request);
    const isOpen = uploads.delete(rest.replace("uploads/", "")) && url.searchParams.get("state") === "kept+as-is";
    if (!isOpen) return void response.writeHead(404).end();
    const digest = url.searchParams.get("digest");
    if (digest !== sha256(bytes) || Number(request.headers["content-length"]) !== bytes.length) {
      return void response.writeHead(400).end(JSON.stringify({ errors: [{ code: "DIGEST_INVALID" }] }));
    }
    registry.blobs.set(`${repository} ${digest}`, bytes);
    response.writeHead(201).end();
  }

  return registry;
}

function basic(): string {
  return `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
}

interface Named {
  readonly digest: string;
}

function danglingOf(bytes: Buffer): string[] {
  const document = JSON.parse(bytes.toString("utf8")) as { config?: Named; layers?: Named[]; manifests?: Named[] };
  const { config, layers = [], manifests = [] } = document;
  return [...(config === undefined ? [] : [config]), ...layers, ...manifests].map(({ digest }) => digest);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
