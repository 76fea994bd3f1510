import type { ResolvedAzure, ResolvedPlan } from "../../../resolved-plan.ts";
import type { Features } from "../features.ts";
import { block, expr, nested } from "../hcl.ts";
import { locals, output, section, type TerraformModule } from "../terraform-module.ts";
import { azureAccess } from "./azure-access.ts";
import { azureAlarms } from "./azure-alarms.ts";
import { azureCommon, azureFunctions } from "./azure-functions.ts";
import { azureValues } from "./azure-values.ts";
import { azureVariables } from "./azure-variables.ts";

export function azureModule(plan: ResolvedPlan, azure: ResolvedAzure, features: Features): TerraformModule {
  return {
    target: "azure",
    stage: plan.stage,
    provider: {
      name: "azurerm",
      version: "~> 4.73",
      // The subscription comes from ARM_SUBSCRIPTION_ID or the Azure CLI.
      configuration: block("provider", ["azurerm"], { features: nested({}) }),
    },
    main: [
      locals({ tags: { service: expr("var.service"), stage: expr("var.stage") } }),
      ...section("Shared by the functions", azureCommon()),
      ...section("Functions", azureFunctions(features)),
      ...section("Permissions to read models and secrets", azureAccess(features)),
      ...section("Alarms", azureAlarms(features)),
    ],
    variables: azureVariables(features),
    outputs: [
      output(
        "endpoints",
        "Address of each predictor.",
        expr(
          '{ for name, app in azurerm_function_app_flex_consumption.function : name => "https://${app.default_hostname}/api/${name}" }',
        ),
      ),
      output(
        "apps",
        "Name of each function app; its keys: az functionapp keys list.",
        expr("{ for name, app in azurerm_function_app_flex_consumption.function : name => app.name }"),
      ),
    ],
    values: azureValues(plan, azure),
    backend: block("backend", ["azurerm"], {
      resource_group_name: "YOUR-STATE-GROUP",
      storage_account_name: "yourstateaccount",
      container_name: "tfstate",
      key: `${plan.service}/azure.tfstate`,
      use_azuread_auth: true,
    }),
  };
}
