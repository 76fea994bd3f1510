import { checkPlan } from "@tricast/plan";
import { diffPlans, isError } from "@tricast/plan/tools";
import { defineCommand } from "../command.ts";
import { loadConfig } from "../load-config.ts";
import { optional } from "../options.ts";
import { formatChanges, formatFindings, formatPlan } from "../plan/format-plan.ts";
import { planOf } from "../plan/plan-of.ts";
import { STAGE_OPTIONS } from "../stage-options.ts";

export const plan = defineCommand({
  path: ["plan"],
  summary: "Prints the complete plan of a stage, and every problem that the rules find in it.",
  details: [
    "The plan has every default and every final name. Sizes are compared with the platforms' limits if a build exists. " +
      "The command changes nothing and does not use the network. The exit code is 1 if a finding is an error.",
  ],
  options: {
    ...STAGE_OPTIONS,
    diff: optional("STAGE", "Prints the changes from that stage to --stage, instead of the whole plan."),
  },
  examples: ["plan", "plan --stage prod", "plan --stage prod --diff staging", "plan --stage prod --json"],
  run: async ({ diff, stage, artefacts, config }) => {
    const loaded = await loadConfig(config);
    const plan = planOf(loaded, stage, artefacts);
    const findings = checkPlan(plan);
    const other = diff === undefined ? undefined : planOf(loaded, diff, artefacts);
    const changes = other && diffPlans(other, plan);
    const shown = changes === undefined ? formatPlan(plan) : formatChanges(changes, other?.stage ?? "", plan.stage);
    return {
      json: { plan, ...(changes === undefined ? {} : { changes }), findings },
      text: [shown, formatFindings(findings)].filter(Boolean).join("\n\n"),
      exitCode: findings.some(isError) ? 1 : 0,
    };
  },
});
