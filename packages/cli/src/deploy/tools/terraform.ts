import { join } from "node:path";
import { TricastError } from "@tricast/core";
import { messageOf } from "@tricast/core/adapter";
import { type OutputFile, renderTerraform, resolvePlan, stagesOf } from "@tricast/plan";
import { onlyOn } from "@tricast/plan/tools";
import { writeFiles } from "../../write-files.ts";
import { ask, type Deployment, type DeployTool, functionsOf, run } from "../deploy-tool.ts";

const PLAN_FILE = "tricast.tfplan";

/** Terraform, with the modules rendered from the configuration into the project folder, where users commit them. */
export const terraform: DeployTool = {
  name: "terraform",
  targets: ["aws", "azure", "gcp"],
  programs: (deployment) => ["terraform", ...cloudPrograms(deployment)],
  // Renders every stage, so that settings without a Terraform form are refused before anything is built.
  check: (deployment) => void renderModule(deployment),
  async prepare(deployment) {
    const { plan } = deployment;
    const module = renderModule(deployment);
    writeFiles(deployment.folder, module);
    await run(deployment, "terraform", [inModule(deployment), "init", "-input=false"]);
    // Each stage has its own state.
    await run(deployment, "terraform", [inModule(deployment), "workspace", "select", "-or-create", plan.stage]);
    const values = [`-var-file=${plan.stage}.tfvars`, ...artefactFolder(deployment, module), `-out=${PLAN_FILE}`];
    await run(deployment, "terraform", [inModule(deployment), "plan", "-input=false", ...values]);
  },
  async apply(deployment) {
    await run(deployment, "terraform", [inModule(deployment), "apply", "-input=false", PLAN_FILE]);
    // Terraform publishes the version. A gradual rollout of its traffic must be started separately.
    for (const command of Object.values((await outputs(deployment)).rollouts ?? {})) {
      await run(deployment, "sh", ["-c", command]);
    }
  },
  async endpoints(deployment) {
    return (await outputs(deployment)).endpoints ?? {};
  },
};

/** The programs that the module, or the commands in its outputs, run. */
function cloudPrograms(deployment: Deployment): readonly string[] {
  if (deployment.target === "azure") return ["az"];
  const isRolledOut = functionsOf(deployment).some(({ rollout }) => rollout.kind !== "all-at-once");
  return deployment.target === "aws" && isRolledOut ? ["aws"] : [];
}

/** One module covers every stage. */
function renderModule({ config, target }: Deployment) {
  const plans = stagesOf(config).map((stage) => onlyOn(resolvePlan(config, stage), target));
  return renderTerraform(plans);
}

function inModule({ target }: Deployment): string {
  return `-chdir=${join("terraform", target)}`;
}

/**
 * The module's default is relative to the module, so that the state is the same on every machine. A module whose
 * functions all run from images does not have the variable, and Terraform refuses a value for an unknown variable.
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
    throw new TricastError(
      "deploy-failed",
      `the outputs of Terraform cannot be read: ${messageOf(cause)}; run terraform output -json to see them`,
      { cause },
    );
  }
}
