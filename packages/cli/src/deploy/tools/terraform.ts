import { join } from "node:path";
import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { type OutputFile, renderTerraform, resolvePlan, stagesOf } from "@tricast/plan";
import { onlyOn } from "@tricast/plan/tools";
import { writeFiles } from "../../write-files.ts";
import { ask, type Deployment, type DeployTool, functionsOf, run } from "../deploy-tool.ts";

const PLAN_FILE = "tricast.tfplan";

/** Terraform, with the modules that the configuration renders to, which lie in the project to be kept and read. */
export const terraform: DeployTool = {
  name: "terraform",
  targets: ["aws", "azure", "gcp"],
  programs: (deployment) => ["terraform", ...cloudPrograms(deployment)],
  // Another stage's variables are written, too: what no renderer writes is refused before anything is built.
  check: (deployment) => void renderModule(deployment),
  async prepare(deployment) {
    const { plan } = deployment;
    const module = renderModule(deployment);
    writeFiles(deployment.folder, module);
    await run(deployment, "terraform", [inModule(deployment), "init", "-input=false"]);
    // One state holds one stage.
    await run(deployment, "terraform", [inModule(deployment), "workspace", "select", "-or-create", plan.stage]);
    const values = [`-var-file=${plan.stage}.tfvars`, ...artefactFolder(deployment, module), `-out=${PLAN_FILE}`];
    await run(deployment, "terraform", [inModule(deployment), "plan", "-input=false", ...values]);
  },
  async apply(deployment) {
    await run(deployment, "terraform", [inModule(deployment), "apply", "-input=false", PLAN_FILE]);
    // Terraform makes the version; where traffic moves step by step, that has to be started.
    for (const command of Object.values((await outputs(deployment)).rollouts ?? {})) {
      await run(deployment, "sh", ["-c", command]);
    }
  },
  async endpoints(deployment) {
    return (await outputs(deployment)).endpoints ?? {};
  },
};

/** What the module itself calls, or its outputs say to call. */
function cloudPrograms(deployment: Deployment): readonly string[] {
  if (deployment.target === "azure") return ["az"];
  const isRolledOut = functionsOf(deployment).some(({ rollout }) => rollout.kind !== "all-at-once");
  return deployment.target === "aws" && isRolledOut ? ["aws"] : [];
}

/** Of every stage, as the module holds what any stage needs. */
function renderModule({ config, target }: Deployment) {
  const plans = stagesOf(config).map((stage) => onlyOn(resolvePlan(config, stage), target));
  return renderTerraform(plans);
}

function inModule({ target }: Deployment): string {
  return `-chdir=${join("terraform", target)}`;
}

/**
 * The module knows the usual place, from itself, so that the state says the same on every machine. Where all run from
 * images it has no such variable, and Terraform refuses a value for it.
 */
function artefactFolder({ artefacts, folder }: Deployment, module: readonly OutputFile[]): readonly string[] {
  const hasVariable = module.some(({ text }) => text.includes('variable "artefacts"'));
  return hasVariable && artefacts !== join(folder, ".tricast") ? [`-var=artefacts=${artefacts}`] : [];
}

interface Outputs {
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly rollouts?: Readonly<Record<string, string>>;
}

/** developer.hashicorp.com/terraform/cli/commands/output: an object of `{value, type, sensitive}`. */
async function outputs(deployment: Deployment): Promise<Outputs> {
  const { stdout } = await ask(deployment, "terraform", [inModule(deployment), "output", "-json"]);
  try {
    const all = Object.entries(JSON.parse(stdout) as Record<string, { readonly value: unknown }>);
    return Object.fromEntries(all.map(([name, { value }]) => [name, value]));
  } catch (cause) {
    throw new TricastError("deploy-failed", `the outputs of Terraform cannot be read: ${messageOf(cause)}`, { cause });
  }
}
