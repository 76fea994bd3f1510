import type { OutputFile } from "../../output-file.ts";
import type { ResolvedPlan } from "../../resolved-plan.ts";
import { deployAzure } from "./deploy-azure.ts";
import { deployGcp } from "./deploy-gcp.ts";

export function scriptFiles(plan: ResolvedPlan): OutputFile[] {
  const { azure, gcp, stage } = plan;
  const scripts = { azure: azure && deployAzure(plan, azure), gcp: gcp && deployGcp(plan, gcp) };
  return Object.entries(scripts).flatMap(([cloud, text]) =>
    text === undefined ? [] : [{ path: `scripts/${stage}/deploy-${cloud}.sh`, text, executable: true }],
  );
}
