import type { Jwt } from "../../config.ts";
import { RUNTIMES } from "../../facts/defaults.ts";
import { entraEndpoint } from "../../facts/entra-issuer.ts";
import { AUTH_LEVEL, authLevel } from "../../facts/function-auth-level.ts";
import { modelLocations } from "../../facts/model-locations.ts";
import { storageAccountName } from "../../facts/names.ts";
import { AZURE_ROLES } from "../../facts/permissions.ts";
import { azurePingSchedule, WARMUP_SCHEDULE } from "../../facts/pings.ts";
import { secretLocations } from "../../facts/secrets.ts";
import type { ResolvedAzure, ResolvedEndpoint, ResolvedFunction, ResolvedPlan } from "../../resolved-plan.ts";
import { command, ifMissing, type Option, quote, writeScript } from "./shell.ts";

/** `az` commands that deploy one stage to a Flex Consumption plan. */
export function deployAzure(plan: ResolvedPlan, azure: ResolvedAzure): string {
  const { service, stage } = plan;
  const tags: Option = ["--tags", { raw: `${quote(`service=${service}`)} ${quote(`stage=${stage}`)}` }];
  return writeScript({
    purpose: `Deploys ${service}, stage ${stage}, to Azure Functions.`,
    tool: "az",
    install: "https://learn.microsoft.com/cli/azure/install-azure-cli",
    commands: [
      "export AZURE_CORE_OUTPUT=none",
      `group=${quote(azure.resourceGroup)}\nstorage=${storageAccountName(plan)}`,
      command("az group create", ["--name", GROUP], ["--location", azure.location], tags),
      command(
        "az storage account create",
        ["--name", { raw: '"$storage"' }],
        IN_GROUP,
        ["--location", azure.location],
        ["--sku", "Standard_LRS"],
        ["--min-tls-version", "TLS1_2"],
        ["--allow-blob-public-access", "false"],
      ),
      ...azure.functions.flatMap((one) => deployOne(one, azure)),
    ],
  });
}

const GROUP = { raw: '"$group"' };
const IN_GROUP: Option = ["--resource-group", GROUP];

function deployOne(one: ResolvedFunction, azure: ResolvedAzure): string[] {
  const app: Option = ["--name", one.name];
  const identity = hasIdentity(one);
  return [
    `# ${one.predictor}\n${makeApp(one, azure)}`,
    // Before the settings and the code: no moment without it, on the first deployment and after a change from keys.
    ...tokenCheck(one),
    ...scale(one),
    settings(one),
    ...(identity ? [readIdentity(app), ...access(one)] : []),
    ...origins(one.endpoint, app),
    command("az functionapp deployment source config-zip", IN_GROUP, app, [
      "--src",
      { raw: `"$artefacts"/${one.predictor}/azure-functions-x64/app.zip` },
    ]),
    command("az functionapp show", IN_GROUP, app, ["--query", "defaultHostName"], ["--output", "tsv"]),
  ];
}

function makeApp(one: ResolvedFunction, azure: ResolvedAzure): string {
  const create = command(
    "az functionapp create",
    IN_GROUP,
    ["--name", one.name],
    ["--storage-account", { raw: '"$storage"' }],
    ["--flexconsumption-location", azure.location],
    ["--runtime", "node"],
    ["--runtime-version", RUNTIMES.azure],
    ["--instance-memory", String(one.memoryMb)],
    ["--https-only", "true"],
  );
  return ifMissing(`az functionapp show --resource-group "$group" --name ${one.name}`, create);
}

/** learn.microsoft.com/rest/api/appservice/web-apps/update-auth-settings-v2. */
const AUTH_API_VERSION = "2024-04-01";

/**
 * The platform refuses requests without a token of the issuer before they reach the app, as Terraform's `auth_settings_v2`
 * has it. The whole configuration is replaced: a path or a provider that was allowed besides is gone.
 */
function tokenCheck({ name, endpoint }: ResolvedFunction): string[] {
  if (typeof endpoint?.auth !== "object") return [];
  const find = command("az functionapp show", IN_GROUP, ["--name", name], ["--query", "id"], ["--output", "tsv"]);
  const put = command(
    "az rest",
    ["--method", "put"],
    ["--url", { raw: `"$app/config/authsettingsV2?api-version=${AUTH_API_VERSION}"` }],
    ["--body", JSON.stringify({ properties: authSettings(endpoint.auth) }, null, 2)],
  );
  return [`# Only callers with a token of the issuer.\napp=$(${find})\n${put}`];
}

function authSettings({ issuer, audience }: Jwt): object {
  return {
    platform: { enabled: true },
    globalValidation: { requireAuthentication: true, unauthenticatedClientAction: "Return401" },
    httpSettings: { requireHttps: true },
    identityProviders: {
      azureActiveDirectory: {
        enabled: true,
        // The client id is an allowed audience, too; nobody signs in here.
        registration: { openIdIssuer: entraEndpoint(issuer), clientId: audience[0] },
        validation: { allowedAudiences: audience },
      },
    },
  };
}

function scale(one: ResolvedFunction): string[] {
  const app: Option = ["--name", one.name];
  return [
    command(
      "az functionapp scale config set",
      IN_GROUP,
      app,
      ["--instance-memory", String(one.memoryMb)],
      ["--maximum-instance-count", String(one.maxInstances ?? 100)],
      ["--trigger-type", "http"],
      ["--trigger-settings", `perInstanceConcurrency=${one.concurrency}`],
    ),
    // Functions with an HTTP trigger share one group of instances, called http.
    command("az functionapp scale config always-ready set", IN_GROUP, app, ["--settings", `http=${one.warm.min}`]),
  ];
}

function settings(one: ResolvedFunction): string {
  const references = Object.entries(vaultSecrets(one)).map(
    ([name, address]) => `${name}=@Microsoft.KeyVault(SecretUri=${address})`,
  );
  const all = [
    ...Object.entries(one.environment).map(([name, value]) => `${name}=${value}`),
    ...references,
    // Also without an endpoint: the setting of an earlier deployment would stay.
    `${AUTH_LEVEL}=${authLevel(one.endpoint)}`,
    ...(one.ping === undefined ? [] : [`${WARMUP_SCHEDULE}=${azurePingSchedule(one.ping.everyMinutes)}`]),
  ];
  const raw = all.map(quote).join(" \\\n    ");
  return command("az functionapp config appsettings set", IN_GROUP, ["--name", one.name], ["--settings", { raw }]);
}

function vaultSecrets(one: ResolvedFunction): Record<string, string> {
  return Object.fromEntries(secretLocations(one).map(({ variable, address }) => [variable, address]));
}

function hasIdentity(one: ResolvedFunction): boolean {
  return Object.keys(one.secrets).length + Object.keys(modelLocations("azure", one.models)).length > 0;
}

function readIdentity(app: Option): string {
  const assign = command(
    "az functionapp identity assign",
    IN_GROUP,
    app,
    ["--query", "principalId"],
    ["--output", "tsv"],
  );
  return `principal=$(${assign})`;
}

/** The containers of the models, and single secrets. */
function access(one: ResolvedFunction): string[] {
  const containers = Object.values(modelLocations("azure", one.models)).map(({ container }) => {
    const [account = "", name = ""] = container.split("/");
    return [
      idOf("Microsoft.Storage/storageAccounts", account),
      grant(AZURE_ROLES.modelReader, `"$scope"/blobServices/default/containers/${name}`),
    ];
  });
  const secrets = Object.values(vaultSecrets(one)).map((address) => {
    const [, vault = "", name = ""] = /^https:\/\/([^.]+)[^/]*\/secrets\/([^/]+)/.exec(address) ?? [];
    return [idOf("Microsoft.KeyVault/vaults", vault), grant(AZURE_ROLES.secretReader, `"$scope"/secrets/${name}`)];
  });
  return [...containers, ...secrets].map((lines) => lines.join("\n"));
}

function idOf(type: string, name: string): string {
  const list = command(
    "az resource list",
    ["--resource-type", type],
    ["--name", name],
    ["--query", "[0].id"],
    ["--output", "tsv"],
  );
  return `scope=$(${list})`;
}

function grant(role: string, scope: string): string {
  return command(
    "az role assignment create",
    ["--assignee-object-id", { raw: '"$principal"' }],
    ["--assignee-principal-type", "ServicePrincipal"],
    ["--role", role],
    ["--scope", { raw: scope }],
  );
}

function origins(endpoint: ResolvedEndpoint | undefined, app: Option): string[] {
  if (endpoint?.cors === undefined) return [];
  const raw = endpoint.cors.origins.map(quote).join(" ");
  return [command("az functionapp cors add", IN_GROUP, app, ["--allowed-origins", { raw }])];
}
