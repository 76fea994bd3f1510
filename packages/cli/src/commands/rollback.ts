import { defineCommand } from "../command.ts";
import { rollBack } from "../deploy/roll-back.ts";
import { startDeployment } from "../deploy/start-deployment.ts";
import { STAGE_OPTIONS, TARGET } from "../stage-options.ts";
import { formatRolledBack } from "./deploy.ts";

export const rollback = defineCommand({
  path: ["rollback"],
  summary: "Returns every function of a target to the version before its last deployment.",
  details: [
    "AWS: moves the alias to the previous version. Google: sends all traffic to the previous revision. Azure keeps no " +
      "versions, so the command deploys the previous package again, which tricast deploy keeps. Configuration and " +
      "infrastructure do not change. The next deployment replaces the restored version.",
  ],
  arguments: { target: TARGET },
  options: STAGE_OPTIONS,
  examples: ["rollback aws --stage prod"],
  run: async (options, io) => {
    const functions = await rollBack(await startDeployment(options, io), false);
    return { json: { functions }, text: formatRolledBack(functions) };
  },
});
