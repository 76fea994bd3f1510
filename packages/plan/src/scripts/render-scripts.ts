import type { OutputFile } from "../output-file.ts";
import type { ResolvedPlan } from "../resolved-plan.ts";
import { refuseUnprotected } from "../rules/refuse-unprotected.ts";
import { deployAzure } from "./deploy-azure.ts";
import { deployGcp } from "./deploy-gcp.ts";

/**
 * Deploy scripts of one stage with the clouds' own tools, `scripts/<stage>/deploy-<cloud>.sh`: what a first deployment
 * needs, without alarms. AWS has none: its own tool deploys templates, which Serverless and Terraform write.
 *
 * @throws {TricastError} `invalid-option` for a secret in another cloud's store, or an endpoint that would be more open
 * than the plan says.
 */
export function renderScripts(plan: ResolvedPlan): OutputFile[] {
  refuseUnprotected([plan], "azure", "gcp");
  const { azure, gcp, stage } = plan;
  return [
    ...(azure === undefined ? [] : [script(stage, "azure", deployAzure(plan, azure))]),
    ...(gcp === undefined ? [] : [script(stage, "gcp", deployGcp(plan, gcp))]),
  ];
}

function script(stage: string, cloud: string, text: string): OutputFile {
  return { path: `scripts/${stage}/deploy-${cloud}.sh`, text, executable: true };
}
