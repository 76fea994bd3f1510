import { diffPlans, isError } from "@tricast/plan/tools";
import { defineCommand } from "../command.ts";
import { optional, words } from "../options.ts";
import { formatChanges, formatFindings, formatPlan } from "../plan/format-plan.ts";
import { loadPlan, planOf } from "../plan/load-plan.ts";
import { ARTEFACTS, CONFIG, STAGE } from "../stage-options.ts";

export const plan = defineCommand({
  path: ["plan"],
  summary: "Prints what a stage of the configuration comes to, and what would fail or hurt in the cloud.",
  details: [
    "Every default is filled in and every name final. Sizes are compared with the platforms' limits where there is a\n" +
      "build. Nothing is changed, nothing is fetched. With an error among the findings the exit code is 1.",
  ],
  arguments: {},
  options: {
    stage: STAGE,
    diff: optional({
      flag: "diff",
      placeholder: "STAGE",
      description: "Prints what changes from that stage to this one, instead of the whole plan.",
      parse: words,
    }),
    config: CONFIG,
    artefacts: ARTEFACTS,
  },
  examples: ["plan", "plan --stage prod", "plan --stage prod --diff staging", "plan --stage prod --json"],
  run: async ({ diff, ...options }) => {
    const { plan, findings, ...loaded } = await loadPlan(options);
    const other = diff === undefined ? undefined : planOf(loaded, diff, options.artefacts);
    const changes = other && diffPlans(other, plan);
    const shown = changes === undefined ? formatPlan(plan) : formatChanges(changes, other?.stage ?? "", plan.stage);
    return {
      json: { plan, ...(changes === undefined ? {} : { changes }), findings },
      text: [shown, formatFindings(findings)].filter(Boolean).join("\n\n"),
      exitCode: findings.some(isError) ? 1 : 0,
    };
  },
});
