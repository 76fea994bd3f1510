import type { OutputFile } from "../../output-file.ts";
import type { ResolvedPlan } from "../../resolved-plan.ts";
import { deployAzure } from "./deploy-azure.ts";
import { deployGcp } from "./deploy-gcp.ts";

export function scriptFiles(plan: ResolvedPlan): OutputFile[] {
  const { azure, gcp, stage } = plan;
  return [
    ...(azure === undefined ? [] : [script(stage, "azure", deployAzure(plan, azure))]),
    ...(gcp === undefined ? [] : [script(stage, "gcp", deployGcp(plan, gcp))]),
  ];
}

function script(stage: string, cloud: string, text: string): OutputFile {
  return { path: `scripts/${stage}/deploy-${cloud}.sh`, text, executable: true };
}
