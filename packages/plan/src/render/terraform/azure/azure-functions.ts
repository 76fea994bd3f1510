import { AUTH_LEVEL } from "../../../facts/azure-auth.ts";
import { WARMUP_SCHEDULE } from "../../../facts/pings.ts";
import type { Features } from "../features.ts";
import { block, comment, dynamic, expr, type Nested, nested, type Part, template } from "../hcl.ts";
import { resource } from "../terraform-module.ts";

const EACH = { for_each: expr("var.functions") };
const PLACE = {
  resource_group_name: expr("azurerm_resource_group.service.name"),
  location: expr("azurerm_resource_group.service.location"),
};
const TAGS = { tags: expr("local.tags") };
const OWN_TAGS = { tags: expr("merge(local.tags, each.value.tags)") };

/** Resources that the functions of a stage share. */
export function azureCommon(): Part[] {
  const name = template("${var.service}-${var.stage}");
  return [
    resource("azurerm_resource_group", "service", {
      name: expr("var.resource_group"),
      location: expr("var.location"),
      ...TAGS,
    }),
    resource("azurerm_log_analytics_workspace", "service", {
      name,
      ...PLACE,
      sku: "PerGB2018",
      // The least retention of a workspace is 30 days (azurerm_log_analytics_workspace, retention_in_days).
      retention_in_days: expr("max(30, [for f in values(var.functions) : f.log_retention_days]...)"),
      ...TAGS,
    }),
    resource("azurerm_application_insights", "service", {
      name,
      ...PLACE,
      workspace_id: expr("azurerm_log_analytics_workspace.service.id"),
      application_type: "Node.JS",
      ...TAGS,
    }),
    resource("azurerm_storage_account", "service", {
      name: expr("var.storage_account"),
      ...PLACE,
      account_tier: "Standard",
      account_replication_type: "LRS",
      min_tls_version: "TLS1_2",
      allow_nested_items_to_be_public: false,
      ...TAGS,
    }),
  ];
}

/** A plan, an app and its code for each predictor. A Flex Consumption plan holds one app. */
export function azureFunctions(features: Features): Part[] {
  return [
    resource("azurerm_storage_container", "code", {
      ...EACH,
      name: template("code-${each.key}"),
      storage_account_id: expr("azurerm_storage_account.service.id"),
      container_access_type: "private",
    }),
    resource("azurerm_service_plan", "function", {
      ...EACH,
      name: expr("each.value.name"),
      ...PLACE,
      os_type: "Linux",
      sku_name: "FC1",
      ...OWN_TAGS,
    }),
    functionApp(features),
    ...code(),
  ];
}

function functionApp(features: Features): Part {
  return resource(
    "azurerm_function_app_flex_consumption",
    "function",
    {
      ...EACH,
      name: expr("each.value.name"),
      ...PLACE,
      service_plan_id: expr("azurerm_service_plan.function[each.key].id"),
      https_only: true,
      webdeploy_publish_basic_authentication_enabled: false,
    },
    comment(
      "The host reads its own storage with a key: with an identity, the provider writes an unusable AzureWebJobsStorage",
      "(hashicorp/terraform-provider-azurerm#29693). The app reads models and secrets with its identity.",
    ),
    {
      storage_container_type: "blobContainer",
      storage_container_endpoint: template(
        "${azurerm_storage_account.service.primary_blob_endpoint}${azurerm_storage_container.code[each.key].name}",
      ),
      storage_authentication_type: "StorageAccountConnectionString",
      storage_access_key: expr("azurerm_storage_account.service.primary_access_key"),
    },
    {
      runtime_name: "node",
      runtime_version: expr("var.node_version"),
      instance_memory_in_mb: expr("each.value.memory_mb"),
      maximum_instance_count: expr("each.value.max_instances"),
      http_concurrency: expr("each.value.concurrency"),
    },
    {
      app_settings: appSettings(features),
      ...OWN_TAGS,
      identity: nested({ type: "SystemAssigned" }),
      always_ready: features.warm ? alwaysReady() : undefined,
      site_config: siteConfig(features),
      auth_settings_v2: tokenCheck(),
    },
  );
}

function appSettings({ secrets, ping }: Features) {
  const settings = [
    "each.value.environment",
    ...(secrets
      ? ['{ for name, s in each.value.secrets : name => "@Microsoft.KeyVault(SecretUri=${s.key_vault})" }']
      : []),
    // azureFunctions() of @tricast/azure-functions reads both when it registers the predictor. The timer runs in the app.
    `{ for e in each.value.endpoint[*] : "${AUTH_LEVEL}" => e.auth_level }`,
    ...(ping ? [`{ for s in each.value.ping_schedule[*] : "${WARMUP_SCHEDULE}" => s }`] : []),
  ];
  return expr("merge(", ...settings.map((setting) => `  ${setting},`), ")");
}

/** Functions with an HTTP trigger share one group of instances, named `http`. */
function alwaysReady(): Nested {
  return dynamic(expr("each.value.warm_instances > 0 ? [each.value.warm_instances] : []"), {
    name: "http",
    instance_count: expr("always_ready.value"),
  });
}

function siteConfig({ cors }: Features): Nested {
  const origins = dynamic(expr("try(each.value.endpoint.cors[*], [])"), {
    allowed_origins: expr("cors.value.origins"),
    support_credentials: expr("cors.value.credentials"),
  });
  return nested({
    application_insights_connection_string: expr("azurerm_application_insights.service.connection_string"),
    cors: cors ? origins : undefined,
  });
}

/**
 * The platform refuses requests without a token of the Entra tenant before they reach the app. Every module has this block:
 * a module without it would ignore tokens in the variables of a stage that was rendered earlier.
 */
function tokenCheck(): Nested {
  return dynamic(expr("try(each.value.endpoint.jwt[*], [])"), {
    auth_enabled: true,
    require_authentication: true,
    unauthenticated_action: "Return401",
    active_directory_v2: nested({
      client_id: expr("auth_settings_v2.value.audience[0]"),
      tenant_auth_endpoint: expr("auth_settings_v2.value.issuer"),
      allowed_audiences: expr("auth_settings_v2.value.audience"),
    }),
    login: nested({}),
  });
}

function code(): Part[] {
  const zip = "${var.artefacts}/${each.key}/azure-functions-x64/app.zip";
  const command = [
    "az functionapp deployment source config-zip",
    "--resource-group ${azurerm_resource_group.service.name}",
    "--name ${azurerm_function_app_flex_consumption.function[each.key].name}",
    `--src \\"${zip}\\"`,
  ].join(" ");
  return [
    comment(
      "zip_deploy_file calls an address that Flex Consumption does not have (hashicorp/terraform-provider-azurerm#29630),",
      "so the Azure CLI sends the code after every change.",
    ),
    resource(
      "terraform_data",
      "code",
      {
        ...EACH,
        triggers_replace: [
          expr("azurerm_function_app_flex_consumption.function[each.key].id"),
          expr(`filesha256("${zip}")`),
        ],
      },
      block("provisioner", ["local-exec"], { command: template(command) }),
    ),
  ];
}
