import { createSign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { messageOf } from "@tricast/core/adapter";
import { Absence, type Identify, withAbsence } from "../absence.ts";
import type { Env } from "../ask-tool.ts";
import { isMachineOf } from "../machine.ts";
import { credentialsMissing, type Json, parseJson } from "../parse-json.ts";
import { cacheToken, type Token } from "../token-cache.ts";
import { askJson, askText, form } from "../token-service.ts";

/** Headers that authenticate the caller; empty if no credentials are found. */
export type GoogleHeaders = Identify<Readonly<Record<string, string>>>;

/** The scope for impersonating another service account. */
const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";
const TOKEN_URI = "https://oauth2.googleapis.com/token";

/** cloud.google.com/compute/docs/metadata/overview: the address works even if the name is not resolved. */
const METADATA_HOST = "169.254.169.254";
const METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";
/** Milliseconds to wait for the service on a machine that has it. */
const METADATA_TIMEOUT_MS = 15_000;

/** Ends the message of an error about credentials. */
export const GOOGLE_ADVICE =
  "check the service account of this service, or GOOGLE_APPLICATION_CREDENTIALS, or run: gcloud auth application-default login";

/**
 * Returns a function for Application Default Credentials, in Google's order: `GOOGLE_OAUTH_ACCESS_TOKEN` (or
 * `CLOUDSDK_AUTH_ACCESS_TOKEN`), the file of `GOOGLE_APPLICATION_CREDENTIALS`, gcloud's file, the metadata server. The
 * token is fetched once and renewed before it expires. If no source exists, the function resolves to an empty object, and
 * its `absence` gives the reason; the metadata server is asked again after a pause.
 *
 * @param scope OAuth scope of the token, such as `https://www.googleapis.com/auth/cloud-platform`.
 * @throws {TricastError} `credentials-missing` for a file that is not valid or that Google refuses;
 * `endpoint-unreachable` if a token service does not answer.
 */
export function googleHeaders(scope: string, env: Env = process.env): GoogleHeaders {
  const given = env.GOOGLE_OAUTH_ACCESS_TOKEN ?? env.CLOUDSDK_AUTH_ACCESS_TOKEN;
  if (given) return withAbsence(async () => bearer(given), undefined);
  let reading: Promise<Json | undefined> | undefined;
  const absence = new Absence();
  const read = () => {
    reading ??= readCredentials(env).catch((error) => {
      reading = undefined;
      throw error;
    });
    return reading;
  };
  const token = cacheToken(async () => {
    const file = await read();
    return file === undefined ? fromMetadata(scope, env, absence.timeoutMs) : fromFile(scope, file);
  });
  const headers = async (): Promise<Record<string, string>> => {
    if (absence.lasts) return {};
    try {
      const quota = env.GOOGLE_CLOUD_QUOTA_PROJECT ?? (await read())?.quota_project_id;
      const headers = bearer(await token());
      absence.end();
      return typeof quota === "string" ? { ...headers, "x-goog-user-project": quota } : headers;
    } catch (error) {
      if (!(error instanceof NoMetadataServer)) throw error;
      absence.begin(error.message);
      return {};
    }
  };
  return withAbsence(headers, absence);
}

class NoMetadataServer extends Error {}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function readCredentials(env: Env): Promise<Json | undefined> {
  const named = env.GOOGLE_APPLICATION_CREDENTIALS;
  if (named) return parseJson(await readNamed(named), named);
  const folder =
    env.CLOUDSDK_CONFIG ?? (env.APPDATA ? join(env.APPDATA, "gcloud") : join(homedir(), ".config", "gcloud"));
  const path = join(folder, "application_default_credentials.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseJson(text, path);
}

function readNamed(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause) => {
    const message = `GOOGLE_APPLICATION_CREDENTIALS is ${path}, which cannot be read; correct it or unset it`;
    throw credentialsMissing(message, cause);
  });
}

/** Kinds of credential files: google.aip.dev/auth/4110 and the pages after it. */
function fromFile(scope: string, file: Json): Promise<Token> {
  switch (file.type) {
    case "service_account":
      return fromServiceAccount(scope, file);
    case "authorized_user":
      return fromRefreshToken(file);
    case "external_account":
      return fromFederation(scope, file);
    case "impersonated_service_account":
      return fromImpersonation(scope, file);
    default:
      throw credentialsMissing(
        `Google credentials of type ${JSON.stringify(file.type)} are not supported; use those of a service account or a user, or a federation with a file or URL, or set GOOGLE_OAUTH_ACCESS_TOKEN`,
      );
  }
}

/** developers.google.com/identity/protocols/oauth2/service-account#httprest */
function fromServiceAccount(scope: string, file: Json): Promise<Token> {
  const uri = text(file, "token_uri", TOKEN_URI);
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: "RS256", typ: "JWT", kid: file.private_key_id };
  const claims = { iss: text(file, "client_email"), scope, aud: uri, iat: now, exp: now + 3_600 };
  const unsigned = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign(unsigned, text(file, "private_key"));
  const assertion = `${unsigned}.${signature}`;
  return askToken(uri, { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
}

function sign(unsigned: string, key: string): string {
  try {
    return createSign("RSA-SHA256").update(unsigned).sign(key, "base64url");
  } catch (cause) {
    throw credentialsMissing(
      "the private_key in the service account's file is not valid; download the file again",
      cause,
    );
  }
}

function fromRefreshToken(file: Json): Promise<Token> {
  return askToken(text(file, "token_uri", TOKEN_URI), {
    grant_type: "refresh_token",
    client_id: text(file, "client_id"),
    client_secret: text(file, "client_secret"),
    refresh_token: text(file, "refresh_token"),
  });
}

/** Workload identity federation: google.aip.dev/auth/4117. */
async function fromFederation(scope: string, file: Json): Promise<Token> {
  const subject = await subjectToken((file.credential_source ?? {}) as Json);
  const token = await askToken(text(file, "token_url", "https://sts.googleapis.com/v1/token"), {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: text(file, "audience"),
    scope: typeof file.service_account_impersonation_url === "string" ? CLOUD_PLATFORM : scope,
    subject_token_type: text(file, "subject_token_type"),
    subject_token: subject,
  });
  const url = file.service_account_impersonation_url;
  return typeof url === "string" ? impersonate(scope, url, token) : token;
}

async function subjectToken(source: Json): Promise<string> {
  const format = (source.format ?? {}) as Json;
  const raw = async (): Promise<string> => {
    if (typeof source.file === "string") return readFile(source.file, "utf8");
    if (typeof source.url !== "string") {
      const rule = "federated Google credentials need a file or a URL as their source";
      throw credentialsMissing(`${rule}; change the credential_source, or set GOOGLE_OAUTH_ACCESS_TOKEN`);
    }
    const headers = (source.headers ?? {}) as Record<string, string>;
    return askText({ url: new URL(source.url), headers, advice: GOOGLE_ADVICE });
  };
  const content = (await raw()).trim();
  if (format.type !== "json") return content;
  return text(parseJson(content, "the federated token"), text(format, "subject_token_field_name"));
}

async function fromImpersonation(scope: string, file: Json): Promise<Token> {
  const source = await fromFile(CLOUD_PLATFORM, (file.source_credentials ?? {}) as Json);
  return impersonate(scope, text(file, "service_account_impersonation_url"), source);
}

/** cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
async function impersonate(scope: string, url: string, source: Token): Promise<Token> {
  const headers = { ...bearer(source.value), "content-type": "application/json" };
  const body = JSON.stringify({ scope: [scope] });
  const reply = await askJson({ url: new URL(url), headers, body, advice: GOOGLE_ADVICE });
  return { value: text(reply, "accessToken"), expires: Date.parse(text(reply, "expireTime")) };
}

async function askToken(url: string, fields: Record<string, string>): Promise<Token> {
  return toToken(await askJson({ url: new URL(url), ...form(fields), advice: GOOGLE_ADVICE }));
}

/**
 * cloud.google.com/compute/docs/access/authenticate-workloads#applications. `METADATA_SERVER_DETECTION` is Google's own
 * setting: with `none` no request is sent, with `assume-present` a missing reply is an error, with `ping-only` it never is.
 */
async function fromMetadata(scope: string, env: Env, shortMs: number): Promise<Token> {
  const detection = env.METADATA_SERVER_DETECTION;
  if (detection === "none") throw new NoMetadataServer("METADATA_SERVER_DETECTION turns the metadata server off");
  const host = env.GCE_METADATA_HOST ?? METADATA_HOST;
  const url = new URL(`http://${host}${METADATA_PATH}`);
  url.searchParams.set("scopes", scope);
  const named = Boolean(env.GCE_METADATA_HOST ?? env.K_SERVICE ?? env.FUNCTION_TARGET);
  const present = detection === "assume-present" || (named && detection !== "ping-only");
  const isHere = present || (!named && (await isMachineOf("google")));
  const timeoutMs = isHere ? METADATA_TIMEOUT_MS : shortMs;
  try {
    const headers = { "metadata-flavor": "Google" };
    return toToken(await askJson({ url, headers, timeoutMs, direct: true, advice: GOOGLE_ADVICE }));
  } catch (error) {
    // The machine is not on Google Cloud, or another cloud's service has the same address.
    if (present) throw error;
    throw new NoMetadataServer(
      `the metadata server at ${host} gave no token within ${timeoutMs} ms (${messageOf(error)})`,
    );
  }
}

function toToken(reply: Json): Token {
  return { value: text(reply, "access_token"), expires: Date.now() + Number(reply.expires_in ?? 3_600) * 1_000 };
}

function text(from: Json, name: string, fallback?: string): string {
  const value = from[name] ?? fallback;
  if (typeof value === "string") return value;
  throw credentialsMissing(`the Google credentials have no "${name}"; ${GOOGLE_ADVICE}`);
}
