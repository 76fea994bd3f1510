import { defineCommand } from "../command.ts";
import { rollBack } from "../deploy/roll-back.ts";
import { startDeployment } from "../deploy/start-deployment.ts";
import { ARTEFACTS, CONFIG, STAGE, TARGET } from "../stage-options.ts";
import { formatRolledBack } from "./deploy.ts";

export const rollback = defineCommand({
  path: ["rollback"],
  summary: "Takes every function of a target back to what ran before its last deployment.",
  details: [
    "AWS: the alias to the version before. Google: all traffic to the revision before. Azure, which keeps no versions: the\n" +
      "package before, kept by tricast deploy. Configuration and infrastructure stay; the next deployment goes forward again.",
  ],
  arguments: { target: TARGET },
  options: { stage: STAGE, config: CONFIG, artefacts: ARTEFACTS },
  examples: ["rollback aws --stage prod"],
  run: async (options, io) => {
    const functions = await rollBack(await startDeployment(options, io), false);
    return { json: { functions }, text: formatRolledBack(functions) };
  },
});
