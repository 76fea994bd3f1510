import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isTricastError, TricastError } from "@tricast/core";
import { type Blob, oneChunk, openContent, verified } from "../blob.ts";
import { digestOf, isDigest } from "../digest.ts";
import { type Descriptor, MEDIA } from "../spec.ts";
import { createAuthorizer, scopeOf } from "./authorizer.ts";
import { type Credentials, dockerCredentials } from "./docker-config.ts";
import { type HttpRequest, readBody, send } from "./http.ts";
import { isLoopback, registryUrl } from "./reference.ts";

export interface RegistryOptions {
  /** Speak plain HTTP to registries that are not on this machine. Default false. */
  readonly insecure?: boolean | undefined;
  /** Finds credentials. Default: what `docker login` left ({@link dockerCredentials}). */
  readonly credentials?: ((registry: string) => Promise<Credentials | undefined>) | undefined;
  /** Tries of each request when the connection or the registry fails. Default 5. */
  readonly attempts?: number | undefined;
  /** Wait before the second try, doubled for each further one, at most 5000. Default 200. */
  readonly baseMs?: number | undefined;
}

/** One repository of a registry that speaks the OCI distribution specification 1.1. */
export interface Repository {
  readonly registry: string;
  readonly name: string;
  /** A manifest or an index. @returns `undefined` where the registry has neither. */
  getManifest(reference: string): Promise<{ readonly descriptor: Descriptor; readonly bytes: Buffer } | undefined>;
  putManifest(reference: string, descriptor: Descriptor, bytes: Uint8Array): Promise<void>;
  hasBlob(digest: string): Promise<boolean>;
  /** The bytes, checked against the descriptor as they arrive. */
  getBlob(descriptor: Descriptor): Promise<AsyncIterable<Uint8Array>>;
  /** Makes a blob of another repository of the same registry part of this one. @returns whether the registry did. */
  mountBlob(digest: string, from: string): Promise<boolean>;
  putBlob(blob: Blob): Promise<void>;
}

const MANIFEST_TYPES = [MEDIA.index, MEDIA.manifest, MEDIA.dockerIndex, MEDIA.dockerManifest].join(", ");
const MAX_REDIRECTS = 5;

interface Exchange extends Omit<HttpRequest, "url"> {
  readonly url: URL;
  readonly scopes: readonly string[];
}

export function openRepository(registry: string, name: string, options: RegistryOptions = {}): Repository {
  const insecure = options.insecure ?? false;
  const api = registryUrl(registry, insecure);
  const credentials = options.credentials ?? dockerCredentials;
  const authorizer = createAuthorizer(registry, () => credentials(registry), insecure);
  let greeted: Promise<void> | undefined;
  const pull = [scopeOf(name, "pull")];
  const push = [scopeOf(name, "push")];
  const at = (path: string): URL => new URL(`${name}/${path}`, api);

  /** The API's root is asked once for its challenge, so that no upload begins without the right header. */
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

  /** `undefined` when the registry gives no token for both repositories. */
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

  /** One PUT with the whole blob; a try that fails begins with a new upload. */
  async function upload(blob: Blob): Promise<IncomingMessage> {
    const content = await blob.content();
    const started = await once({ method: "POST", url: at("blobs/uploads/"), scopes: push });
    if (started.statusCode !== 202) return started;
    started.resume();
    const url = uploadUrl(started, api);
    url.searchParams.set("digest", blob.descriptor.digest);
    const body = { size: blob.descriptor.size, open: () => verified(openContent(content), blob.descriptor) };
    return once({ method: "PUT", url, scopes: push, headers: { "content-type": "application/octet-stream" }, body });
  }

  return {
    registry,
    name,
    async getManifest(reference) {
      const url = at(`manifests/${reference}`);
      const response = await exchange({ method: "GET", url, headers: { accept: MANIFEST_TYPES }, scopes: pull });
      if (response.statusCode === 404) return void response.resume();
      if (response.statusCode !== 200) throw await refusal(response, `the manifest ${name}:${reference}`, registry);
      const bytes = await readBody(response);
      return { bytes, descriptor: manifestDescriptor(response, bytes, reference) };
    },
    async putManifest(reference, { mediaType }, bytes) {
      const body = { size: bytes.length, open: () => oneChunk(bytes) };
      const url = at(`manifests/${reference}`);
      const headers = { "content-type": mediaType };
      const response = await exchange({ method: "PUT", url, headers, body, scopes: push });
      if (response.statusCode !== 201) throw await refusal(response, `the manifest ${name}:${reference}`, registry);
      response.resume();
    },
    async hasBlob(digest) {
      const response = await exchange({ method: "HEAD", url: at(`blobs/${digest}`), scopes: push });
      response.resume();
      if (response.statusCode === 200 || response.statusCode === 404) return response.statusCode === 200;
      throw await refusal(response, `the blob ${digest}`, registry);
    },
    async getBlob(descriptor) {
      const response = await exchange({ method: "GET", url: at(`blobs/${descriptor.digest}`), scopes: pull });
      if (response.statusCode !== 200) throw await refusal(response, `the blob ${descriptor.digest}`, registry);
      return verified(response as AsyncIterable<Buffer>, descriptor);
    },
    async mountBlob(digest, from) {
      const response = await startMount(digest, from);
      if (response === undefined) return false;
      response.resume();
      // 202 is an upload begun instead; the registry forgets it. 401 and 403 mean that `from` may not be read.
      if (response.statusCode === 201) return true;
      if ([202, 401, 403, 404].includes(response.statusCode as number)) return false;
      throw await refusal(response, `mounting ${digest}`, registry);
    },
    async putBlob(blob) {
      const what = `the upload of ${blob.descriptor.digest}`;
      const response = await retrying(() => upload(blob), what, options);
      if (response.statusCode !== 201) throw await refusal(response, what, registry);
      response.resume();
    },
  };
}

/** Follows redirects of reads. Only the registry itself ever sees the header; none leads out of TLS. */
async function follow(request: HttpRequest, origin: string, authorization: string | undefined) {
  let { url } = request;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const own: Record<string, string> = url.origin === origin && authorization !== undefined ? { authorization } : {};
    const response = await send({ ...request, url, headers: { ...request.headers, ...own } });
    const { location } = response.headers;
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (![301, 302, 303, 307, 308].includes(response.statusCode as number) || !isRead) return response;
    response.resume();
    if (location === undefined) throw new Error(`${url.origin} redirects to nowhere`);
    const next = new URL(location, url);
    if (url.protocol === "https:" && next.protocol !== "https:" && !isLoopback(next)) {
      throw new TricastError("registry-unavailable", `${url.origin} redirects to ${next.origin}, which is without TLS`);
    }
    url = next;
  }
  throw new TricastError("registry-unavailable", `${request.url.origin} redirects more than ${MAX_REDIRECTS} times`);
}

function uploadUrl({ headers }: IncomingMessage, api: URL): URL {
  if (headers.location === undefined) throw new Error(`${api.origin} began an upload and did not say where`);
  const url = new URL(headers.location, api);
  if (api.protocol !== "https:" || url.protocol === "https:" || isLoopback(url)) return url;
  throw new TricastError(
    "registry-unavailable",
    `${api.origin} wants an upload at ${url.origin}, which is without TLS`,
  );
}

function manifestDescriptor({ headers }: IncomingMessage, bytes: Buffer, reference: string): Descriptor {
  const digest = digestOf(bytes);
  if (isDigest(reference) && reference !== digest) {
    throw new TricastError("digest-mismatch", `the manifest ${reference} came as ${digest}`);
  }
  return { mediaType: headers["content-type"]?.replace(/;.*$/s, "").trim() ?? "", digest, size: bytes.length };
}

/** Runs a request until it is answered by something else than trouble on the other side. */
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
  throw new TricastError("registry-unavailable", `${what} failed ${attempts} times; last, ${problem}`, { cause });
}

async function refusal(response: IncomingMessage, what: string, registry: string): Promise<TricastError> {
  const status = response.statusCode as number;
  const said = firstError(await readBody(response).catch(() => Buffer.alloc(0)));
  if (status === 401 || status === 403) {
    const fix = `check the rights of the account, or run "docker login ${registry}"`;
    return new TricastError("registry-denied", `${registry} refuses ${what} (${status}${said}); ${fix}`);
  }
  return new TricastError("registry-unavailable", `${registry} answered ${status}${said} to ${what}`);
}

/** The code and message of the specification's error body. */
function firstError(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString("utf8")) as { errors: { code: string; message?: string }[] };
    const [first] = errors;
    return first === undefined ? "" : `, ${first.code}${first.message ? `: ${first.message}` : ""}`;
  } catch {
    return "";
  }
}
