import { TricastError } from "@tricast/core";
import type { Env } from "../ask-tool.ts";

/** Address and credentials of one account. At most one of `key` and `sas` is set. Without both, a token is needed. */
export interface StorageAccount {
  readonly name: string;
  /** Without a trailing `/`. */
  readonly endpoint: string;
  readonly key?: string | undefined;
  readonly sas?: string | undefined;
}

/** Settings that take precedence over the environment. */
export interface StorageAccountGiven {
  readonly endpoint?: string | undefined;
  /** A shared access signature, without `?`. */
  readonly sas?: string | undefined;
}

/** The account of Azurite and of its predecessor: learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const DEVELOPMENT = {
  AccountName: "devstoreaccount1",
  AccountKey: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  BlobEndpoint: "http://127.0.0.1:10000/devstoreaccount1",
} as const;

/**
 * Endpoint and key or signature of an account of Azure Storage: from `given`, else from a connection string with this
 * account (`AZURE_STORAGE_CONNECTION_STRING`, else `AzureWebJobsStorage`), `AZURE_STORAGE_KEY` or
 * `AZURE_STORAGE_SAS_TOKEN`.
 * @throws {TricastError} `invalid-option` for a connection string that is not valid.
 */
export function findStorageAccount(
  name: string,
  given: StorageAccountGiven = {},
  env: Env = process.env,
): StorageAccount {
  const endpoint = (found?: string) =>
    (given.endpoint ?? found ?? `https://${name}.blob.core.windows.net`).replace(/\/$/, "");
  if (given.sas) return { name, endpoint: endpoint(), sas: given.sas };
  for (const variable of ["AZURE_STORAGE_CONNECTION_STRING", "AzureWebJobsStorage"]) {
    const settings = parseConnectionString(variable, env[variable]);
    if (settings !== undefined && accountOf(settings) === name) return fromSettings(name, settings, endpoint);
  }
  const mine = env.AZURE_STORAGE_ACCOUNT === undefined || env.AZURE_STORAGE_ACCOUNT === name;
  const key = mine ? env.AZURE_STORAGE_KEY || undefined : undefined;
  const sas = mine ? env.AZURE_STORAGE_SAS_TOKEN?.replace(/^\?/, "") || undefined : undefined;
  return { name, endpoint: endpoint(), key, sas: key === undefined ? sas : undefined };
}

type Settings = Readonly<Record<string, string>>;

function fromSettings(name: string, settings: Settings, endpoint: (found?: string) => string): StorageAccount {
  const { DefaultEndpointsProtocol = "https", EndpointSuffix = "core.windows.net", BlobEndpoint } = settings;
  const found = BlobEndpoint ?? `${DefaultEndpointsProtocol}://${name}.blob.${EndpointSuffix}`;
  const sas = settings.SharedAccessSignature?.replace(/^\?/, "");
  return { name, endpoint: endpoint(found), key: settings.AccountKey, sas: settings.AccountKey ? undefined : sas };
}

/** learn.microsoft.com/azure/storage/common/storage-configure-connection-string */
function parseConnectionString(variable: string, text: string | undefined): Settings | undefined {
  if (!text) return undefined;
  const settings: Record<string, string> = {};
  for (const part of text.split(";").filter((part) => part.trim() !== "")) {
    const [, name, value] = /^\s*([^=]+?)\s*=(.*)$/s.exec(part) ?? [];
    if (name === undefined || value === undefined) throw broken(variable);
    settings[name] = value.trim();
  }
  return settings.UseDevelopmentStorage === "true" ? DEVELOPMENT : settings;
}

function accountOf({ AccountName, BlobEndpoint = "" }: Settings): string | undefined {
  return AccountName ?? /^https?:\/\/([a-z0-9]+)\.blob\./.exec(BlobEndpoint)?.[1];
}

function broken(variable: string): TricastError {
  // Without the value, which is a secret.
  return new TricastError("invalid-option", `${variable} is not Name=value;Name=value ...; copy the string again`);
}
