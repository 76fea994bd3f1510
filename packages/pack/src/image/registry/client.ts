import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isTricastError, type TricastError } from "@tricast/core";
import { digestMismatch, registryDenied, registryUnavailable } from "../../errors.ts";
import { parseJson } from "../../files/parse-json.ts";
import { type Blob, openContent, verified } from "../blob.ts";
import { digestOf, isDigest } from "../digest.ts";
import { type Descriptor, MEDIA } from "../spec.ts";
import { createAuthorizer, scopeOf } from "./authorizer.ts";
import { type Credentials, dockerCredentials } from "./docker-config.ts";
import { bodyOf, type HttpRequest, readBody, send } from "./http.ts";
import { isLoopback, registryUrl } from "./reference.ts";

export interface RegistryOptions {
  /** Speak plain HTTP to registries that are not on this machine. Default false. */
  readonly insecure?: boolean | undefined;
  /** Finds credentials. Default: the credentials of `docker login`. */
  readonly credentials?: ((registry: string) => Promise<Credentials | undefined>) | undefined;
  /** Attempts for each request when the connection or the registry fails. Default 5. */
  readonly attempts?: number | undefined;
  /** Milliseconds before the second attempt, doubled for each further attempt, at most 5000. Default 200. */
  readonly baseMs?: number | undefined;
}

export type Repository = ReturnType<typeof openRepository>;

const MANIFEST_TYPES = [MEDIA.index, MEDIA.manifest, MEDIA.dockerIndex, MEDIA.dockerManifest].join(", ");
const MAX_REDIRECTS = 5;

interface Exchange extends Omit<HttpRequest, "url"> {
  readonly url: URL;
  readonly scopes: readonly string[];
}

/** One repository of a registry that implements the OCI distribution specification 1.1. */
export function openRepository(registry: string, name: string, options: RegistryOptions = {}) {
  const insecure = options.insecure ?? false;
  const api = registryUrl(registry, insecure);
  const credentials = options.credentials ?? dockerCredentials;
  const authorizer = createAuthorizer(registry, () => credentials(registry), insecure);
  let greeted: Promise<void> | undefined;
  const pull = [scopeOf(name, "pull")];
  const push = [scopeOf(name, "push")];
  const at = (path: string): URL => new URL(`${name}/${path}`, api);

  /** Requests the API's root once for its challenge, so that no upload begins without the right header. */
  function greet(): Promise<void> {
    greeted ??= send({ method: "GET", url: api }).then(
      (response) => {
        response.resume();
        if (response.statusCode === 401) authorizer.challenged(response.headers["www-authenticate"], undefined);
      },
      (error: unknown) => {
        greeted = undefined;
        throw error;
      },
    );
    return greeted;
  }

  /** @throws {TricastError} when the status is not one of `wanted`. */
  async function expect(response: IncomingMessage, what: string, ...wanted: number[]): Promise<IncomingMessage> {
    if (wanted.includes(response.statusCode as number)) return response;
    throw await refusal(response, what, registry);
  }

  async function once({ scopes, ...request }: Exchange): Promise<IncomingMessage> {
    await greet();
    for (let asked = 0; ; asked++) {
      const header = await authorizer.header(scopes);
      const response = await follow(request, api.origin, header);
      if (response.statusCode !== 401 || asked > 0) return response;
      if (!authorizer.challenged(response.headers["www-authenticate"], header)) return response;
      response.resume();
    }
  }

  const exchange = (request: Exchange): Promise<IncomingMessage> =>
    retrying(() => once(request), `${request.method} ${request.url.origin}${request.url.pathname}`, options);

  /** `undefined` when the registry refuses a token for both repositories. */
  async function startMount(digest: string, from: string): Promise<IncomingMessage | undefined> {
    const url = at("blobs/uploads/");
    url.searchParams.set("mount", digest);
    url.searchParams.set("from", from);
    try {
      return await exchange({ method: "POST", url, scopes: [...push, scopeOf(from, "pull")] });
    } catch (error) {
      if (isTricastError(error) && error.code === "registry-denied") return undefined;
      throw error;
    }
  }

  /** One PUT with the whole blob. A further attempt begins a new upload. */
  async function upload(blob: Blob): Promise<IncomingMessage> {
    const content = await blob.content();
    const started = await once({ method: "POST", url: at("blobs/uploads/"), scopes: push });
    if (started.statusCode !== 202) return started;
    started.resume();
    const url = nextUrl(started.headers.location, api, "sends an upload");
    url.searchParams.set("digest", blob.descriptor.digest);
    const body = { size: blob.descriptor.size, open: () => verified(openContent(content), blob.descriptor) };
    return once({ method: "PUT", url, scopes: push, headers: { "content-type": "application/octet-stream" }, body });
  }

  return {
    registry,
    name,
    /** A manifest or an index. @returns `undefined` where the registry does not have it. */
    async getManifest(reference: string): Promise<{ descriptor: Descriptor; bytes: Buffer } | undefined> {
      const url = at(`manifests/${reference}`);
      const response = await exchange({ method: "GET", url, headers: { accept: MANIFEST_TYPES }, scopes: pull });
      await expect(response, `the manifest ${name}:${reference}`, 200, 404);
      if (response.statusCode === 404) return void response.resume();
      const bytes = await readBody(response);
      return { bytes, descriptor: manifestDescriptor(response, bytes, reference) };
    },
    async putManifest(reference: string, { mediaType }: Descriptor, bytes: Uint8Array): Promise<void> {
      const url = at(`manifests/${reference}`);
      const headers = { "content-type": mediaType };
      const response = await exchange({ method: "PUT", url, headers, body: bodyOf(bytes), scopes: push });
      (await expect(response, `the manifest ${name}:${reference}`, 201)).resume();
    },
    async hasBlob(digest: string): Promise<boolean> {
      const response = await exchange({ method: "HEAD", url: at(`blobs/${digest}`), scopes: push });
      (await expect(response, `the blob ${digest}`, 200, 404)).resume();
      return response.statusCode === 200;
    },
    /** The bytes, compared with the descriptor as they arrive. */
    async getBlob(descriptor: Descriptor): Promise<AsyncIterable<Uint8Array>> {
      const response = await exchange({ method: "GET", url: at(`blobs/${descriptor.digest}`), scopes: pull });
      return verified(await expect(response, `the blob ${descriptor.digest}`, 200), descriptor);
    },
    /** Adds a blob of another repository of the same registry to this one. @returns whether the registry did. */
    async mountBlob(digest: string, from: string): Promise<boolean> {
      const response = await startMount(digest, from);
      if (response === undefined) return false;
      // 202: the registry began an upload instead, and forgets it. 401 and 403: the account may not read `from`.
      (await expect(response, `mounting ${digest}`, 201, 202, 401, 403, 404)).resume();
      return response.statusCode === 201;
    },
    async putBlob(blob: Blob): Promise<void> {
      const what = `the upload of ${blob.descriptor.digest}`;
      (await expect(await retrying(() => upload(blob), what, options), what, 201)).resume();
    },
  };
}

/** Follows redirects of reads. Only the registry gets the header. A redirect from TLS to plain HTTP is refused. */
async function follow(request: HttpRequest, origin: string, authorization: string | undefined) {
  let { url } = request;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const own: Record<string, string> = url.origin === origin && authorization !== undefined ? { authorization } : {};
    const response = await send({ ...request, url, headers: { ...request.headers, ...own } });
    const { location } = response.headers;
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (![301, 302, 303, 307, 308].includes(response.statusCode as number) || !isRead) return response;
    response.resume();
    url = nextUrl(location, url, "redirects");
  }
  throw registryUnavailable(`${request.url.origin} redirects more than ${MAX_REDIRECTS} times`);
}

/** @throws {TricastError} `registry-unavailable` where a location leads from TLS to plain HTTP on another machine. */
function nextUrl(location: string | undefined, from: URL, what: string): URL {
  if (location === undefined) throw new Error(`${from.origin} ${what} without a location`);
  const next = new URL(location, from);
  if (from.protocol !== "https:" || next.protocol === "https:" || isLoopback(next)) return next;
  throw registryUnavailable(`${from.origin} ${what} to ${next.origin}, which has no TLS`);
}

function manifestDescriptor({ headers }: IncomingMessage, bytes: Buffer, reference: string): Descriptor {
  const digest = digestOf(bytes);
  if (isDigest(reference) && reference !== digest)
    throw digestMismatch(`the digest of the manifest ${reference} is ${digest}`);
  return { mediaType: headers["content-type"]?.replace(/;.*$/s, "").trim() ?? "", digest, size: bytes.length };
}

/** Repeats a request while the connection or the registry fails. */
async function retrying(
  run: () => Promise<IncomingMessage>,
  what: string,
  { attempts = 5, baseMs = 200 }: RegistryOptions,
): Promise<IncomingMessage> {
  let problem = "";
  let cause: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (attempt > 0) await sleep(Math.min(baseMs * 2 ** (attempt - 1), 5000));
    try {
      const response = await run();
      const status = response.statusCode as number;
      if (status < 500 && status !== 429 && status !== 408) return response;
      problem = `it answered ${status}`;
      cause = undefined;
      response.resume();
      const wait = Number(response.headers["retry-after"]);
      if (wait > 0 && attempt < attempts - 1) await sleep(Math.min(wait, 30) * 1000);
    } catch (error) {
      if (isTricastError(error)) throw error;
      problem = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
      cause = error;
    }
  }
  throw registryUnavailable(`${what} failed ${attempts} times; the last time, ${problem}`, cause);
}

async function refusal(response: IncomingMessage, what: string, registry: string): Promise<TricastError> {
  const status = response.statusCode as number;
  const reason = firstError(await readBody(response).catch(() => Buffer.alloc(0)));
  if (status === 401 || status === 403) {
    const fix = `check the rights of the account, or run "docker login ${registry}"`;
    return registryDenied(`${registry} refuses ${what} (${status}${reason}); ${fix}`);
  }
  return registryUnavailable(`${registry} answered ${status}${reason} to ${what}`);
}

/** The code and message in the specification's error body. */
function firstError(body: Buffer): string {
  const answer = parseJson(body.toString("utf8")) as
    | { errors?: { code?: string; message?: string }[] }
    | null
    | undefined;
  const { code, message } = answer?.errors?.[0] ?? {};
  return code === undefined ? "" : `, ${code}${message ? `: ${message}` : ""}`;
}
