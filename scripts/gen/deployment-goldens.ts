import { type OutputFile, renderScripts, renderTerraform } from "@tricast/plan";
import { RENDERERS } from "@tricast/plan/tools";
import { CONTAINER_CASES } from "../../test/golden/containers/cases.ts";
import { DEPLOYMENT_CASES } from "../../test/golden/terraform/cases.ts";
import type { GeneratedFile } from "./generated-file.ts";

/**
 * Terraform of the case with the most settings on each cloud. Other checks cover the remaining cases: the schemas of
 * the providers, Terraform itself, and the comparison with CloudFormation.
 */
const READABLE = "remote-model";

/** The output of the renderers for some cases, for reviews. */
export function deploymentGoldens(): readonly GeneratedFile[] {
  return [
    { path: "test/golden/terraform/addresses.txt", text: `${terraformAddresses().join("\n")}\n` },
    ...DEPLOYMENT_CASES.flatMap(({ name, plans }) => [
      ...(name === READABLE ? below(`test/golden/terraform/${name}`, renderTerraform(plans)) : []),
      ...below(`test/golden/scripts/${name}`, renderScripts(plans)),
    ]),
    ...CONTAINER_CASES.flatMap(({ name, plans }) =>
      below(
        `test/golden/containers/${name}`,
        Object.values(RENDERERS).flatMap(({ render }) => render(plans)),
      ),
    ),
  ];
}

/** Every resource of every case. If the address of a resource changes, the next apply destroys and recreates it. */
function terraformAddresses(): readonly string[] {
  const modules = DEPLOYMENT_CASES.flatMap(({ plans }) => renderTerraform(plans)).filter(({ path }) =>
    path.endsWith("main.tf"),
  );
  const found = modules.flatMap(({ text }) => [...text.matchAll(/^resource "(\w+)" "(\w+)"/gm)]);
  return [...new Set(found.map(([, type, name]) => `${type}.${name}`))].sort();
}

function below(folder: string, files: readonly OutputFile[]): readonly GeneratedFile[] {
  return files.map(({ path, text }) => ({ path: `${folder}/${path}`, text }));
}
