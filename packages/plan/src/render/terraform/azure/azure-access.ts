import { AZURE_ROLES } from "../../../facts/permissions.ts";
import type { Features } from "../features.ts";
import { block, expr, type Part, template } from "../hcl.ts";
import { data, merged, resource } from "../terraform-module.ts";

const PRINCIPAL = "azurerm_function_app_flex_consumption.function[each.value.function].identity[0].principal_id";

/** What the identities of the apps may read: the containers of their models, and single secrets. */
export function azureAccess({ models, secrets }: Features): Part[] {
  return [...(models ? modelAccess() : []), ...(secrets ? secretAccess() : [])];
}

function modelAccess(): Part[] {
  return [
    block("locals", [], {
      models: merged(
        "var.functions",
        '  for model, place in f.models : "${name}/${model}" => {',
        "    function  = name",
        '    account   = split("/", place.container)[0]',
        '    container = split("/", place.container)[1]',
        "  }",
      ),
    }),
    data("azurerm_resources", "model_account", {
      for_each: expr("toset([for m in values(local.models) : m.account])"),
      type: "Microsoft.Storage/storageAccounts",
      name: expr("each.value"),
    }),
    resource("azurerm_role_assignment", "model", {
      for_each: expr("local.models"),
      scope: template(
        "${data.azurerm_resources.model_account[each.value.account].resources[0].id}/blobServices/default/containers/${each.value.container}",
      ),
      role_definition_name: AZURE_ROLES.modelReader,
      principal_id: expr(PRINCIPAL),
    }),
  ];
}

function secretAccess(): Part[] {
  return [
    block("locals", [], {
      secrets: merged(
        "var.functions",
        '  for variable, s in f.secrets : "${name}/${variable}" => {',
        "    function = name",
        '    vault    = regex("^https://([^.]+)", s.key_vault)[0]',
        '    name     = regex("/secrets/([^/]+)", s.key_vault)[0]',
        "  }",
      ),
    }),
    data("azurerm_resources", "vault", {
      for_each: expr("toset([for s in values(local.secrets) : s.vault])"),
      type: "Microsoft.KeyVault/vaults",
      name: expr("each.value"),
    }),
    resource("azurerm_role_assignment", "secret", {
      for_each: expr("local.secrets"),
      scope: template("${data.azurerm_resources.vault[each.value.vault].resources[0].id}/secrets/${each.value.name}"),
      role_definition_name: AZURE_ROLES.secretReader,
      principal_id: expr(PRINCIPAL),
    }),
  ];
}
