import { type OutputFile, renderScripts, renderTerraform } from "@tricast/plan";
import { RENDERERS } from "@tricast/plan/tools";
import { CONTAINER_CASES } from "../../test/golden/containers/cases.ts";
import { DEPLOYMENT_CASES } from "../../test/golden/terraform/cases.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** What the renderers make of every case, to be read in a review. */
export function deploymentGoldens(): readonly GeneratedFile[] {
  return [
    ...DEPLOYMENT_CASES.flatMap(({ name, plans }) => [
      ...below(`test/golden/terraform/${name}`, renderTerraform(plans)),
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

function below(folder: string, files: readonly OutputFile[]): readonly GeneratedFile[] {
  return files.map(({ path, text }) => ({ path: `${folder}/${path}`, text }));
}
