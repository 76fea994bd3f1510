import type { Jwt } from "../../config.ts";
import { AUTH_LEVEL, authLevel, entraEndpoint } from "../../facts/azure-auth.ts";
import { RUNTIMES } from "../../facts/defaults.ts";
import { storageAccountName } from "../../facts/names.ts";
import { azurePingSchedule, WARMUP_SCHEDULE } from "../../facts/pings.ts";
import { secretLocations } from "../../facts/secrets.ts";
import type { ResolvedAzure, ResolvedFunction, ResolvedPlan } from "../../resolved-plan.ts";
import { grant, grantContainer, modelContainers, query } from "./az.ts";
import { assign, assignments, command, ifMissing, type Options, quote, writeScript } from "./shell.ts";

/** `az` commands that deploy one stage to a Flex Consumption plan. */
export function deployAzure(plan: ResolvedPlan, azure: ResolvedAzure): string {
  const { service, stage } = plan;
  return writeScript("az", `Deploys ${service}, stage ${stage}, to Azure Functions.`, [
    "export AZURE_CORE_OUTPUT=none",
    `group=${quote(azure.resourceGroup)}\nstorage=${storageAccountName(plan)}`,
    command("az group create", {
      "--name": GROUP,
      "--location": azure.location,
      "--tags": { raw: assignments({ service, stage }).map(quote).join(" ") },
    }),
    command("az storage account create", {
      "--name": STORAGE,
      ...IN_GROUP,
      "--location": azure.location,
      "--sku": "Standard_LRS",
      "--min-tls-version": "TLS1_2",
      "--allow-blob-public-access": "false",
    }),
    ...azure.functions.flatMap((one) => deployOne(one, azure)),
  ]);
}

const GROUP = { raw: '"$group"' };
const STORAGE = { raw: '"$storage"' };
const IN_GROUP = { "--resource-group": GROUP };

function deployOne(one: ResolvedFunction, azure: ResolvedAzure): string[] {
  const app: Options = { ...IN_GROUP, "--name": one.name };
  const permissions = access(one);
  return [
    `# ${one.predictor}\n${makeApp(one, azure)}`,
    // Before the settings and the code, so that the app is never open: neither when it is new, nor after a change from keys.
    ...tokenCheck(one, app),
    ...scale(one, app),
    settings(one, app),
    ...(permissions.length > 0 ? [readIdentity(app), ...permissions] : []),
    ...origins(one, app),
    command("az functionapp deployment source config-zip", {
      ...app,
      "--src": { raw: `"$artefacts"/${one.predictor}/azure-functions-x64/app.zip` },
    }),
    command("az functionapp show", { ...app, ...query("defaultHostName") }),
  ];
}

function makeApp(one: ResolvedFunction, azure: ResolvedAzure): string {
  const create = command("az functionapp create", {
    ...IN_GROUP,
    "--name": one.name,
    "--storage-account": STORAGE,
    "--flexconsumption-location": azure.location,
    "--runtime": "node",
    "--runtime-version": RUNTIMES.azure,
    "--instance-memory": String(one.memoryMb),
    "--https-only": "true",
  });
  return ifMissing(`az functionapp show --resource-group "$group" --name ${one.name}`, create);
}

/** learn.microsoft.com/rest/api/appservice/web-apps/update-auth-settings-v2. */
const AUTH_API_VERSION = "2024-04-01";

/**
 * The platform refuses requests without a token of the issuer before they reach the app, like Terraform's
 * `auth_settings_v2`. This replaces the whole configuration, with every other allowed path and provider.
 */
function tokenCheck({ endpoint }: ResolvedFunction, app: Options): string[] {
  if (typeof endpoint?.auth !== "object") return [];
  const put = command("az rest", {
    "--method": "put",
    "--url": { raw: `"$app/config/authsettingsV2?api-version=${AUTH_API_VERSION}"` },
    "--body": JSON.stringify({ properties: authSettings(endpoint.auth) }, null, 2),
  });
  const find = command("az functionapp show", { ...app, ...query("id") });
  return [`# Only callers with a token of the issuer.\n${assign("app", find)}\n${put}`];
}

function authSettings({ issuer, audience }: Jwt): object {
  return {
    platform: { enabled: true },
    globalValidation: { requireAuthentication: true, unauthenticatedClientAction: "Return401" },
    httpSettings: { requireHttps: true },
    identityProviders: {
      azureActiveDirectory: {
        enabled: true,
        // The client id is one of the audiences, because Azure also allows it as an audience. Users do not sign in here.
        registration: { openIdIssuer: entraEndpoint(issuer), clientId: audience[0] },
        validation: { allowedAudiences: audience },
      },
    },
  };
}

function scale(one: ResolvedFunction, app: Options): string[] {
  return [
    command("az functionapp scale config set", {
      ...app,
      "--instance-memory": String(one.memoryMb),
      "--maximum-instance-count": String(one.maxInstances ?? 100),
      "--trigger-type": "http",
      "--trigger-settings": `perInstanceConcurrency=${one.concurrency}`,
    }),
    // Functions with an HTTP trigger share one group of instances, named http.
    command("az functionapp scale config always-ready set", { ...app, "--settings": `http=${one.warm.min}` }),
  ];
}

function settings(one: ResolvedFunction, app: Options): string {
  const references = secretLocations(one).map(
    ({ variable, address }) => `${variable}=@Microsoft.KeyVault(SecretUri=${address})`,
  );
  const all = [
    ...assignments(one.environment),
    ...references,
    // Set without an endpoint too: otherwise the value of an earlier deployment would stay.
    `${AUTH_LEVEL}=${authLevel(one.endpoint)}`,
    ...(one.ping === undefined ? [] : [`${WARMUP_SCHEDULE}=${azurePingSchedule(one.ping.everyMinutes)}`]),
  ];
  return command("az functionapp config appsettings set", {
    ...app,
    "--settings": { raw: all.map(quote).join(" \\\n    ") },
  });
}

function readIdentity(app: Options): string {
  return assign("principal", command("az functionapp identity assign", { ...app, ...query("principalId") }));
}

/** Permissions to read the containers of the models, and single secrets. */
function access(one: ResolvedFunction): string[] {
  const secrets = new Map(secretLocations(one).map(({ variable, address }) => [variable, address]));
  return [
    ...modelContainers(one.models).map(({ account, container }) =>
      grantContainer(container, findId("Microsoft.Storage/storageAccounts", account)),
    ),
    ...[...secrets.values()].map((address) => {
      const [, vault = "", name = ""] = /^https:\/\/([^.]+)[^/]*\/secrets\/([^/]+)/.exec(address) ?? [];
      return grant("secretReader", findId("Microsoft.KeyVault/vaults", vault), `secrets/${name}`);
    }),
  ];
}

function findId(type: string, name: string): string {
  return command("az resource list", { "--resource-type": type, "--name": name, ...query("[0].id") });
}

function origins({ endpoint }: ResolvedFunction, app: Options): string[] {
  if (endpoint?.cors === undefined) return [];
  const raw = endpoint.cors.origins.map(quote).join(" ");
  return [command("az functionapp cors add", { ...app, "--allowed-origins": { raw } })];
}
