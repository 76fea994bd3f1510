import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { HttpClient } from "../http/client.ts";
import { askJson, form, type Json } from "../http/json.ts";
import { cacheToken, type Token } from "../token.ts";

const RESOURCE = "https://storage.azure.com";

/** The service is on the machine itself; elsewhere the address is a hole that swallows packets. */
const IMDS_TIMEOUT_MS = 1_500;
const CLI_TIMEOUT_MS = 15_000;
/** How long "there are no credentials" holds before they are looked for again. */
const ABSENT_MS = 60_000;

export const AZURE_CREDENTIALS =
  "check the managed identity of this app, or AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY, a SAS in the URL, or run: az login; the identity needs the role Storage Blob Data Reader, and Storage Blob Data Contributor to push";

type Env = NodeJS.ProcessEnv;
type Source = (client: HttpClient, env: Env) => Promise<Token | undefined>;

/** In the order of the official DefaultAzureCredential. Each gives `undefined` where it is not set up. */
const SOURCES: readonly Source[] = [clientSecret, workloadIdentity, appServiceIdentity, machineIdentity, azureCli];

/**
 * A token of Microsoft Entra for Azure Storage, from the first of: a client secret, workload identity (AKS), the managed
 * identity of App Service, Functions or Container Apps, that of a machine, the Azure CLI. `undefined` where none is set
 * up, which public containers allow.
 */
export function azureToken(client: HttpClient, env: Env = process.env): () => Promise<string | undefined> {
  let absentUntil = 0;
  const token = cacheToken(async () => {
    for (const source of SOURCES) {
      const found = await source(client, env);
      if (found !== undefined) return found;
    }
    absentUntil = Date.now() + ABSENT_MS;
    return { value: "", expires: 0 };
  });
  return async () => (Date.now() < absentUntil ? undefined : (await token()) || undefined);
}

/** learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
async function clientSecret(client: HttpClient, env: Env): Promise<Token | undefined> {
  const { AZURE_CLIENT_SECRET, AZURE_CLIENT_ID, AZURE_TENANT_ID } = env;
  if (!AZURE_CLIENT_SECRET || !AZURE_CLIENT_ID || !AZURE_TENANT_ID) return undefined;
  return askEntra(client, env, { client_id: AZURE_CLIENT_ID, client_secret: AZURE_CLIENT_SECRET });
}

/** azure.github.io/azure-workload-identity/docs: the cluster renews the file. */
async function workloadIdentity(client: HttpClient, env: Env): Promise<Token | undefined> {
  const { AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_ID, AZURE_TENANT_ID } = env;
  if (!AZURE_FEDERATED_TOKEN_FILE || !AZURE_CLIENT_ID || !AZURE_TENANT_ID) return undefined;
  return askEntra(client, env, {
    client_id: AZURE_CLIENT_ID,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: (await readFile(AZURE_FEDERATED_TOKEN_FILE, "utf8")).trim(),
  });
}

async function askEntra(client: HttpClient, env: Env, fields: Record<string, string>): Promise<Token> {
  const host = (env.AZURE_AUTHORITY_HOST || "https://login.microsoftonline.com").replace(/\/$/, "");
  const url = new URL(`${host}/${env.AZURE_TENANT_ID}/oauth2/v2.0/token`);
  const body = form({ ...fields, grant_type: "client_credentials", scope: `${RESOURCE}/.default` });
  return toToken(await askJson(client, { method: "POST", url, ...body }, AZURE_CREDENTIALS));
}

/** learn.microsoft.com/azure/app-service/overview-managed-identity, "REST endpoint reference" */
async function appServiceIdentity(client: HttpClient, env: Env): Promise<Token | undefined> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = env;
  if (!IDENTITY_ENDPOINT || !IDENTITY_HEADER) return undefined;
  const url = identityUrl(IDENTITY_ENDPOINT, "2019-08-01", env);
  const headers = { "x-identity-header": IDENTITY_HEADER };
  return toToken(await askJson(client, { method: "GET", url, headers }, AZURE_CREDENTIALS));
}

/** learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
async function machineIdentity(client: HttpClient, env: Env): Promise<Token | undefined> {
  const host = (env.AZURE_POD_IDENTITY_AUTHORITY_HOST || "http://169.254.169.254").replace(/\/$/, "");
  const url = identityUrl(`${host}/metadata/identity/oauth2/token`, "2018-02-01", env);
  const signal = AbortSignal.timeout(IMDS_TIMEOUT_MS);
  try {
    return toToken(
      await askJson(client, { method: "GET", url, headers: { metadata: "true" }, signal }, AZURE_CREDENTIALS),
    );
  } catch {
    // Nobody there, another cloud's service, or an Azure machine without an identity (400).
    return undefined;
  }
}

function identityUrl(address: string, version: string, { AZURE_CLIENT_ID }: Env): URL {
  const url = new URL(address);
  url.searchParams.set("api-version", version);
  url.searchParams.set("resource", RESOURCE);
  if (AZURE_CLIENT_ID) url.searchParams.set("client_id", AZURE_CLIENT_ID);
  return url;
}

/** learn.microsoft.com/cli/azure/account#az-account-get-access-token */
async function azureCli(_: HttpClient, env: Env): Promise<Token | undefined> {
  const output = await new Promise<string | undefined>((resolve) => {
    const command = ["account", "get-access-token", "--resource", RESOURCE, "--output", "json"];
    const shell = process.platform === "win32";
    execFile("az", command, { env, timeout: CLI_TIMEOUT_MS, shell }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });
  if (output === undefined) return undefined;
  const { accessToken, expires_on } = JSON.parse(output) as { accessToken: string; expires_on: number };
  return { value: accessToken, expires: expires_on * 1_000 };
}

/** Entra counts seconds from now, the identity services seconds since the epoch. */
function toToken({ access_token, expires_on, expires_in }: Json): Token {
  const expires = expires_on === undefined ? Date.now() + Number(expires_in) * 1_000 : Number(expires_on) * 1_000;
  return { value: String(access_token), expires };
}
