import { readFile } from "node:fs/promises";
import { messageOf } from "@tricast/core/adapter";
import { Absence, type Identify, withAbsence } from "../absence.ts";
import { askTool, type Env } from "../ask-tool.ts";
import { isMachineOf } from "../machine.ts";
import { credentialsMissing, type Json, parseJson } from "../parse-json.ts";
import { cacheToken, type Token } from "../token-cache.ts";
import { askJson, form } from "../token-service.ts";

const CLI_TIMEOUT_MS = 15_000;
/** Milliseconds to wait for the metadata service on a machine of Azure. */
const MACHINE_TIMEOUT_MS = 15_000;

/** Ends the message of an error about credentials. */
export const AZURE_ADVICE = "check the managed identity of this app, or run: az login";

type Source = (resource: string, env: Env, search: Search) => Promise<Token | undefined>;

/** One search through the sources. */
interface Search {
  /** Milliseconds to wait for the metadata service. */
  readonly timeoutMs: number;
  /** Why sources had no token. */
  readonly tried: string[];
}

/** In the order of the official DefaultAzureCredential. A source returns `undefined` if it is not configured. */
const SOURCES: readonly Source[] = [clientSecret, workloadIdentity, appServiceIdentity, machineIdentity, azureCli];

/**
 * Returns a function for tokens of Microsoft Entra. It uses the first of: a client secret, workload identity (AKS), the
 * managed identity of App Service, Functions or Container Apps, the managed identity of a machine, the Azure CLI. A token
 * is fetched once and renewed before it expires. The function resolves to `undefined` if no source is configured, and its
 * `absence` gives the reason; the sources are asked again after a pause.
 *
 * @param resource the service that accepts the token, such as `https://storage.azure.com`.
 * @throws {TricastError} `credentials-missing` if a source refuses; `endpoint-unreachable` if it does not answer.
 */
export function azureToken(resource: string, env: Env = process.env): Identify<string | undefined> {
  const absence = new Absence();
  const token = cacheToken(async () => {
    const search: Search = { timeoutMs: absence.timeoutMs, tried: [] };
    for (const source of SOURCES) {
      const found = await source(resource, env, search);
      if (found === undefined) continue;
      absence.end();
      return found;
    }
    absence.begin(search.tried.join(", "));
    return { value: "", expires: 0 };
  });
  return withAbsence(async () => (absence.lasts ? undefined : (await token()) || undefined), absence);
}

/** learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
async function clientSecret(resource: string, env: Env): Promise<Token | undefined> {
  const { AZURE_CLIENT_SECRET, AZURE_CLIENT_ID, AZURE_TENANT_ID } = env;
  if (!AZURE_CLIENT_SECRET || !AZURE_CLIENT_ID || !AZURE_TENANT_ID) return undefined;
  return askEntra(resource, env, { client_id: AZURE_CLIENT_ID, client_secret: AZURE_CLIENT_SECRET });
}

/** azure.github.io/azure-workload-identity/docs: the cluster renews the file. */
async function workloadIdentity(resource: string, env: Env): Promise<Token | undefined> {
  const { AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID, AZURE_TENANT_ID } = env;
  if (!AZURE_FEDERATED_TOKEN_FILE || !AZURE_CLIENT_ID || !AZURE_TENANT_ID) return undefined;
  return askEntra(resource, env, {
    client_id: AZURE_CLIENT_ID,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: (await readFile(AZURE_FEDERATED_TOKEN_FILE, "utf8")).trim(),
  });
}

async function askEntra(resource: string, env: Env, fields: Record<string, string>): Promise<Token> {
  const host = (env.AZURE_AUTHORITY_HOST || "https://login.microsoftonline.com").replace(/\/$/, "");
  const url = new URL(`${host}/${env.AZURE_TENANT_ID}/oauth2/v2.0/token`);
  const body = form({ ...fields, grant_type: "client_credentials", scope: `${resource}/.default` });
  return toToken(await askJson({ url, ...body, advice: AZURE_ADVICE }));
}

/** learn.microsoft.com/azure/app-service/overview-managed-identity, "REST endpoint reference" */
async function appServiceIdentity(resource: string, env: Env): Promise<Token | undefined> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = env;
  if (!IDENTITY_ENDPOINT || !IDENTITY_HEADER) return undefined;
  const url = identityUrl(IDENTITY_ENDPOINT, "2019-08-01", resource, env);
  const headers = { "x-identity-header": IDENTITY_HEADER };
  return toToken(await askJson({ url, headers, direct: true, advice: AZURE_ADVICE }));
}

/** learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
async function machineIdentity(
  resource: string,
  env: Env,
  { timeoutMs: shortMs, tried }: Search,
): Promise<Token | undefined> {
  const host = (env.AZURE_POD_IDENTITY_AUTHORITY_HOST || "http://169.254.169.254").replace(/\/$/, "");
  const url = identityUrl(`${host}/metadata/identity/oauth2/token`, "2018-02-01", resource, env);
  const headers = { metadata: "true" };
  const isHere = !env.AZURE_POD_IDENTITY_AUTHORITY_HOST && (await isMachineOf("azure"));
  const timeoutMs = isHere ? MACHINE_TIMEOUT_MS : shortMs;
  try {
    return toToken(await askJson({ url, headers, timeoutMs, direct: true, advice: AZURE_ADVICE }));
  } catch (error) {
    // The machine is not on Azure, or has no identity (400).
    tried.push(`the metadata service at ${url.host} gave no token within ${timeoutMs} ms (${messageOf(error)})`);
    return undefined;
  }
}

function identityUrl(address: string, version: string, resource: string, { AZURE_CLIENT_ID }: Env): URL {
  const url = new URL(address);
  url.searchParams.set("api-version", version);
  url.searchParams.set("resource", resource);
  if (AZURE_CLIENT_ID) url.searchParams.set("client_id", AZURE_CLIENT_ID);
  return url;
}

/** learn.microsoft.com/cli/azure/account#az-account-get-access-token */
async function azureCli(resource: string, env: Env, { tried }: Search): Promise<Token | undefined> {
  const command = ["account", "get-access-token", "--resource", resource, "--output", "json"];
  const answer = await askTool("az", command, env, CLI_TIMEOUT_MS);
  if (answer?.exitCode !== 0) {
    tried.push(answer === undefined ? "the Azure CLI is not installed" : `the Azure CLI failed: ${answer.reason}`);
    return undefined;
  }
  const reply = parseJson(answer.stdout, "the output of the Azure CLI");
  return { value: tokenIn(reply, "accessToken"), expires: Number(reply.expires_on) * 1_000 };
}

/** Entra returns seconds from now, identity services return seconds since the epoch. */
function toToken(reply: Json): Token {
  const { expires_on, expires_in } = reply;
  const expires = expires_on === undefined ? Date.now() + Number(expires_in) * 1_000 : Number(expires_on) * 1_000;
  return { value: tokenIn(reply, "access_token"), expires };
}

function tokenIn(reply: Json, name: string): string {
  const value = reply[name];
  if (typeof value === "string" && value !== "") return value;
  throw credentialsMissing(`the reply with the Azure token has no "${name}"; ${AZURE_ADVICE}`);
}
