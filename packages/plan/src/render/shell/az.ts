import { type ModelLocation, modelLocations } from "../../facts/model-locations.ts";
import { AZURE_ROLES } from "../../facts/permissions.ts";
import { assign, command, type Options } from "./shell.ts";

/** Options that print one value. */
export function query(path: string): Options {
  return { "--query": path, "--output": "tsv" };
}

/** Storage account and container of each model in Azure. */
export function modelContainers(
  models: Readonly<Record<string, string>>,
): readonly { readonly account: string; readonly container: string }[] {
  return Object.values(modelLocations("azure", models)).map(({ container: address }: ModelLocation) => {
    const [account = "", container = ""] = address.split("/");
    return { account, container };
  });
}

/**
 * Gives the identity in `$principal` a role.
 * @param find the command that prints the id of the resource.
 * @param below the path of the scope below that resource.
 */
export function grant(role: keyof typeof AZURE_ROLES, find: string, below: string): string {
  const create = command("az role assignment create", {
    "--assignee-object-id": { raw: '"$principal"' },
    "--assignee-principal-type": "ServicePrincipal",
    "--role": AZURE_ROLES[role],
    "--scope": { raw: `"$scope"/${below}` },
  });
  return `${assign("scope", find)}\n${create}`;
}

/** The permission to read a container. */
export function grantContainer(container: string, findAccount: string): string {
  return grant("modelReader", findAccount, `blobServices/default/containers/${container}`);
}
