import { createSign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { TricastError } from "@tricast/core";
import type { HttpClient } from "../http/client.ts";
import { askJson, form, type Json } from "../http/json.ts";
import { cacheToken, type Token } from "../token.ts";

/** Headers that identify the caller; empty for nobody. */
export type Authorize = () => Promise<Readonly<Record<string, string>>>;

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const TOKEN_URI = "https://oauth2.googleapis.com/token";

/** cloud.google.com/compute/docs/metadata/overview: the address works where the name is not resolved. */
const METADATA_HOST = "169.254.169.254";
const METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";
/** The service is on the machine itself; elsewhere the address is a hole that swallows packets. */
const METADATA_TIMEOUT_MS = 1_500;

export const GOOGLE_CREDENTIALS =
  "check the service account of this service, or GOOGLE_APPLICATION_CREDENTIALS, or run: gcloud auth application-default login; it needs roles/storage.objectViewer, and roles/storage.objectAdmin to push";

/**
 * Application Default Credentials, in Google's order: `GOOGLE_OAUTH_ACCESS_TOKEN` (or `CLOUDSDK_AUTH_ACCESS_TOKEN`), the
 * file of `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's file, the metadata server. Where none exists nobody is named, which
 * public buckets allow. An emulator is not told anything.
 */
export function googleCredentials(client: HttpClient, env: NodeJS.ProcessEnv = process.env): Authorize {
  if (env.STORAGE_EMULATOR_HOST) return async () => ({});
  const given = env.GOOGLE_OAUTH_ACCESS_TOKEN ?? env.CLOUDSDK_AUTH_ACCESS_TOKEN;
  if (given) return async () => bearer(given);
  let file: Promise<Json | undefined> | undefined;
  let absent = false;
  const token = cacheToken(async () => {
    file ??= readCredentials(env);
    const credentials = await file;
    return credentials === undefined ? fromMetadata(client, env) : fromFile(client, credentials);
  });
  return async () => {
    if (absent) return {};
    try {
      const quota = env.GOOGLE_CLOUD_QUOTA_PROJECT ?? (await file)?.quota_project_id;
      const headers = bearer(await token());
      return typeof quota === "string" ? { ...headers, "x-goog-user-project": quota } : headers;
    } catch (error) {
      if (!(error instanceof NoMetadataServer)) throw error;
      absent = true;
      return {};
    }
  };
}

class NoMetadataServer extends Error {}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function readCredentials(env: NodeJS.ProcessEnv): Promise<Json | undefined> {
  const named = env.GOOGLE_APPLICATION_CREDENTIALS;
  if (named) return parseCredentials(named, await readNamed(named));
  const folder =
    env.CLOUDSDK_CONFIG ?? (env.APPDATA ? join(env.APPDATA, "gcloud") : join(homedir(), ".config", "gcloud"));
  const path = join(folder, "application_default_credentials.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseCredentials(path, text);
}

async function readNamed(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const message = `GOOGLE_APPLICATION_CREDENTIALS names ${path}, which cannot be read; correct it or unset it`;
    throw new TricastError("store-denied", message, { cause });
  }
}

function parseCredentials(path: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new TricastError("store-denied", `${path} is no JSON; download the credentials again`, { cause });
  }
}

/** Kinds of credential files: google.aip.dev/auth/4110 and the pages after it. */
function fromFile(client: HttpClient, file: Json): Promise<Token> {
  switch (file.type) {
    case "service_account":
      return fromServiceAccount(client, file);
    case "authorized_user":
      return fromRefreshToken(client, file);
    case "external_account":
      return fromFederation(client, file);
    case "impersonated_service_account":
      return fromImpersonation(client, file);
    default:
      throw new TricastError(
        "store-denied",
        `Google credentials of type ${JSON.stringify(file.type)} are not known; use a service account's, a user's, or a federation with a file or URL, or set GOOGLE_OAUTH_ACCESS_TOKEN`,
      );
  }
}

/** developers.google.com/identity/protocols/oauth2/service-account#httprest */
function fromServiceAccount(client: HttpClient, file: Json): Promise<Token> {
  const uri = text(file, "token_uri", TOKEN_URI);
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: "RS256", typ: "JWT", kid: file.private_key_id };
  const claims = { iss: text(file, "client_email"), scope: SCOPE, aud: uri, iat: now, exp: now + 3_600 };
  const unsigned = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign(unsigned, text(file, "private_key"));
  const assertion = `${unsigned}.${signature}`;
  return askToken(client, uri, { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
}

function sign(unsigned: string, key: string): string {
  try {
    return createSign("RSA-SHA256").update(unsigned).sign(key, "base64url");
  } catch (cause) {
    const message = "the private_key of the service account's file is broken; download the file again";
    throw new TricastError("store-denied", message, { cause });
  }
}

function fromRefreshToken(client: HttpClient, file: Json): Promise<Token> {
  return askToken(client, text(file, "token_uri", TOKEN_URI), {
    grant_type: "refresh_token",
    client_id: text(file, "client_id"),
    client_secret: text(file, "client_secret"),
    refresh_token: text(file, "refresh_token"),
  });
}

/** Workload identity federation: google.aip.dev/auth/4117. */
async function fromFederation(client: HttpClient, file: Json): Promise<Token> {
  const subject = await subjectToken(client, (file.credential_source ?? {}) as Json);
  const token = await askToken(client, text(file, "token_url", "https://sts.googleapis.com/v1/token"), {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: text(file, "audience"),
    scope:
      typeof file.service_account_impersonation_url === "string"
        ? "https://www.googleapis.com/auth/cloud-platform"
        : SCOPE,
    subject_token_type: text(file, "subject_token_type"),
    subject_token: subject,
  });
  const url = file.service_account_impersonation_url;
  return typeof url === "string" ? impersonate(client, url, token) : token;
}

async function subjectToken(client: HttpClient, source: Json): Promise<string> {
  const format = (source.format ?? {}) as Json;
  const raw = async (): Promise<string> => {
    if (typeof source.file === "string") return readFile(source.file, "utf8");
    if (typeof source.url !== "string") {
      const message =
        "of federated Google credentials only a file or a URL as source is known; set GOOGLE_OAUTH_ACCESS_TOKEN";
      throw new TricastError("store-denied", message);
    }
    const headers = (source.headers ?? {}) as Record<string, string>;
    return JSON.stringify(
      await askJson(client, { method: "GET", url: new URL(source.url), headers }, GOOGLE_CREDENTIALS),
    );
  };
  const content = (await raw()).trim();
  if (format.type !== "json") return content;
  return text(JSON.parse(content) as Json, text(format, "subject_token_field_name"));
}

async function fromImpersonation(client: HttpClient, file: Json): Promise<Token> {
  const source = await fromFile(client, (file.source_credentials ?? {}) as Json);
  return impersonate(client, text(file, "service_account_impersonation_url"), source);
}

/** cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
async function impersonate(client: HttpClient, url: string, source: Token): Promise<Token> {
  const headers = { ...bearer(source.value), "content-type": "application/json" };
  const body = Buffer.from(JSON.stringify({ scope: [SCOPE] }));
  const reply = await askJson(client, { method: "POST", url: new URL(url), headers, body }, GOOGLE_CREDENTIALS);
  return { value: text(reply, "accessToken"), expires: Date.parse(text(reply, "expireTime")) };
}

async function askToken(client: HttpClient, url: string, fields: Record<string, string>): Promise<Token> {
  return toToken(await askJson(client, { method: "POST", url: new URL(url), ...form(fields) }, GOOGLE_CREDENTIALS));
}

/**
 * cloud.google.com/compute/docs/access/authenticate-workloads#applications. `METADATA_SERVER_DETECTION` is Google's own
 * switch: `none` keeps from asking, `assume-present` makes silence an error.
 */
async function fromMetadata(client: HttpClient, env: NodeJS.ProcessEnv): Promise<Token> {
  const detection = env.METADATA_SERVER_DETECTION;
  if (detection === "none") throw new NoMetadataServer();
  const url = new URL(`http://${env.GCE_METADATA_HOST ?? METADATA_HOST}${METADATA_PATH}`);
  url.searchParams.set("scopes", SCOPE);
  const present =
    detection === "assume-present" || Boolean(env.GCE_METADATA_HOST ?? env.K_SERVICE ?? env.FUNCTION_TARGET);
  const signal = AbortSignal.timeout(present ? 10 * METADATA_TIMEOUT_MS : METADATA_TIMEOUT_MS);
  try {
    const headers = { "metadata-flavor": "Google" };
    return toToken(await askJson(client, { method: "GET", url, headers, signal }, GOOGLE_CREDENTIALS));
  } catch (error) {
    // Nobody there, or another cloud's service at the same address.
    throw present ? error : new NoMetadataServer();
  }
}

function toToken(reply: Json): Token {
  return { value: text(reply, "access_token"), expires: Date.now() + Number(reply.expires_in ?? 3_600) * 1_000 };
}

function text(from: Json, name: string, fallback?: string): string {
  const value = from[name] ?? fallback;
  if (typeof value === "string") return value;
  throw new TricastError("store-denied", `the Google credentials have no "${name}"; ${GOOGLE_CREDENTIALS}`);
}
