import { renderScripts, renderTerraform } from "@tricast/plan";
import { DEPLOYMENT_CASES } from "../../test/golden/terraform/cases.ts";
import type { GeneratedFile } from "./generated-file.ts";

/** Terraform and deploy scripts of every case, to be read in a review. */
export function deploymentGoldens(): readonly GeneratedFile[] {
  return DEPLOYMENT_CASES.flatMap(({ name, plans }) => [
    ...renderTerraform(...plans).map(({ path, text }) => ({ path: `test/golden/terraform/${name}/${path}`, text })),
    ...plans.flatMap(renderScripts).map(({ path, text }) => ({ path: `test/golden/scripts/${name}/${path}`, text })),
  ]);
}
