import { join } from "node:path";
import { renderScripts } from "@tricast/plan";
import { onlyOn } from "@tricast/plan/tools";
import { invalidOption } from "../../usage-error.ts";
import { writeFiles } from "../../write-files.ts";
import { ask, type Deployment, type DeployTool, functionsOf, run } from "../deploy-tool.ts";

/** The clouds' own tools, called by the scripts rendered from the configuration. */
export const scripts: DeployTool = {
  name: "scripts",
  targets: ["azure", "gcp"],
  programs: ({ target }) => (target === "gcp" ? ["gcloud"] : ["az"]),
  async apply(deployment) {
    const { folder, target, plan, artefacts } = deployment;
    const files = renderScripts([onlyOn(plan, target)]);
    writeFiles(folder, files);
    const script = files.find(({ path, executable }) => executable === true && path.split(/[/.-]/).includes(target));
    if (script === undefined) throw invalidOption(`no script deploys to ${target}; deploy with --via terraform`);
    const env = { ...deployment.env, ARTEFACTS: artefacts };
    await run({ ...deployment, env }, "sh", [join(folder, script.path)]);
  },
  async endpoints(deployment) {
    const exposed = functionsOf(deployment).filter(({ endpoint }) => endpoint !== undefined);
    const pairs = exposed.map(async ({ predictor, name }) => [predictor, await addressOf(deployment, predictor, name)]);
    return Object.fromEntries(await Promise.all(pairs));
  },
};

async function addressOf(deployment: Deployment, predictor: string, name: string): Promise<string> {
  const { azure, gcp } = deployment.plan;
  if (deployment.target === "azure") {
    const scope = ["--resource-group", azure?.resourceGroup ?? "", "--name", name];
    const query = ["--query", "defaultHostName", "--output", "tsv"];
    const { stdout } = await ask(deployment, "az", ["functionapp", "show", ...scope, ...query]);
    return `https://${stdout.trim()}/api/${predictor}`;
  }
  const scope = ["--project", gcp?.project ?? "", "--region", gcp?.region ?? ""];
  const format = ["--format", "value(status.url)"];
  const { stdout } = await ask(deployment, "gcloud", ["run", "services", "describe", name, ...scope, ...format]);
  return stdout.trim();
}
