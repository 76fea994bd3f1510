import { AZURE_ROLES } from "../../../facts/permissions.ts";
import type { Features } from "../features.ts";
import { expr, type Part, template } from "../hcl.ts";
import { data, locals, merged, resource } from "../terraform-module.ts";

/** Permissions of the apps' identities: to read the containers of their models, and single secrets. */
export function azureAccess({ models, secrets }: Features): Part[] {
  return [...(models ? modelAccess() : []), ...(secrets ? secretAccess() : [])];
}

function modelAccess(): Part[] {
  return [
    locals({
      models: merged(
        "var.functions",
        '  for model, place in f.models : "${name}/${model}" => {',
        "    function  = name",
        '    account   = split("/", place.container)[0]',
        '    container = split("/", place.container)[1]',
        "  }",
      ),
    }),
    existing("model_account", "Microsoft.Storage/storageAccounts", "[for m in values(local.models) : m.account]"),
    assignment(
      "model",
      "${data.azurerm_resources.model_account[each.value.account].resources[0].id}/blobServices/default/containers/${each.value.container}",
      AZURE_ROLES.modelReader,
    ),
  ];
}

function secretAccess(): Part[] {
  return [
    locals({
      secrets: merged(
        "var.functions",
        '  for variable, s in f.secrets : "${name}/${variable}" => {',
        "    function = name",
        '    vault    = regex("^https://([^.]+)", s.key_vault)[0]',
        '    name     = regex("/secrets/([^/]+)", s.key_vault)[0]',
        "  }",
      ),
    }),
    existing("vault", "Microsoft.KeyVault/vaults", "[for s in values(local.secrets) : s.vault]"),
    assignment(
      "secret",
      "${data.azurerm_resources.vault[each.value.vault].resources[0].id}/secrets/${each.value.name}",
      AZURE_ROLES.secretReader,
    ),
  ];
}

/** Resources that exist already, by their names. */
function existing(name: string, type: string, names: string): Part {
  return data("azurerm_resources", name, { for_each: expr(`toset(${names})`), type, name: expr("each.value") });
}

/** A role for each element of the local value `<name>s`. */
function assignment(name: string, scope: string, role: string): Part {
  return resource("azurerm_role_assignment", name, {
    for_each: expr(`local.${name}s`),
    scope: template(scope),
    role_definition_name: role,
    principal_id: expr("azurerm_function_app_flex_consumption.function[each.value.function].identity[0].principal_id"),
  });
}
