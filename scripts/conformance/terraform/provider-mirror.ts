import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const AWS = "registry.terraform.io/hashicorp/aws";

/**
 * A folder of Terraform's providers with the one for AWS: the value of `TF_PLUGIN_MIRROR`, else one of the implied
 * folders (developer.hashicorp.com/terraform/cli/config/config-file, "Implied Local Mirror Directories"; /opt for
 * providers that an administrator added). With `undefined`, Terraform itself looks in the registry.
 */
export function providerMirror(): string | undefined {
  const named = process.env.TF_PLUGIN_MIRROR;
  if (named !== undefined && named !== "") return named;
  const implied = [join(homedir(), ".terraform.d"), "/usr/local/share/terraform", "/usr/share/terraform"];
  const folders = [...implied.map((folder) => join(folder, "plugins")), ...foldersIn("/opt")];
  return folders.find((folder) => existsSync(join(folder, AWS)));
}

function foldersIn(parent: string): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(parent, name))
    .sort();
}
