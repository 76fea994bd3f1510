import { defineCommand } from "../command.ts";
import { type Deployed, deploy as deployTarget } from "../deploy/deploy.ts";
import type { RolledBack } from "../deploy/roll-back.ts";
import type { SmokeResult } from "../deploy/smoke-test.ts";
import { startDeployment } from "../deploy/start-deployment.ts";
import { chooseTool, DEPLOY_TOOLS } from "../deploy/tools/index.ts";
import type { Io, Outcome } from "../io.ts";
import { oneOf, optional, switchOn } from "../options.ts";
import { formatFindings } from "../plan/format-plan.ts";
import { API_KEY, STAGE_OPTIONS, TARGET, TOKEN } from "../stage-options.ts";
import { table } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const TOOLS = DEPLOY_TOOLS.map(({ name, targets }) => `${name} (${targets.join(", ")})`);

export const deploy = defineCommand({
  path: ["deploy"],
  summary: "Builds, checks and deploys a target, then tests its live endpoints.",
  details: [
    "The deployment tool of the target does the work. Its output goes to standard error. A plan with errors is not " +
      "deployed. The command shows the plan and asks before it deploys.",
    "The smoke test sends the predictors' examples to the live endpoints, and one request without credentials " +
      "to each endpoint that requires them. If an example fails, or the request without credentials succeeds, the command " +
      "offers to roll back, and the exit code is 1.",
  ],
  arguments: { target: TARGET },
  options: {
    ...STAGE_OPTIONS,
    via: optional("TOOL", `The tool that deploys: ${TOOLS.join(", ")}.`, {
      otherwise: "the first of them that supports the target",
      parse: oneOf(DEPLOY_TOOLS.map(({ name }) => name)),
    }),
    yes: switchOn("Deploys without asking."),
    rollbackOnFailure: switchOn("Rolls back without asking when the smoke test fails."),
    apiKey: { ...API_KEY, description: "API key (AWS) or function key (Azure), for the smoke test." },
    token: { ...TOKEN, description: "Bearer token from the endpoint's issuer, for the smoke test." },
  },
  examples: ["deploy aws --stage prod", "deploy gcp --via terraform --yes --rollback-on-failure"],
  run: async ({ yes, rollbackOnFailure, via, apiKey, token, ...options }, io) => {
    const { confirm } = io;
    if (!yes && confirm === undefined)
      throw new UsageError(
        "standard input is not a terminal, so the command cannot ask; give --yes to deploy without asking",
      );
    const tool = chooseTool(options.target, via);
    const deployment = await startDeployment(options, io);
    const done = await deployTarget({
      deployment,
      tool,
      apiKey,
      token,
      mayDeploy: async (question) => yes || (await confirm?.(question)) === true,
      mayRollBack: async (question) => rollbackOnFailure || (!yes && (await confirm?.(question)) === true),
    });
    return outcome(done, io);
  },
});

function outcome(done: Deployed, { note }: Io): Outcome {
  if (done.kind === "refused") return { json: done, text: formatFindings(done.findings), exitCode: 1 };
  if (done.kind === "declined") return { json: done, text: "Nothing was deployed" };
  const failed = done.smoke.filter(({ ok }) => !ok);
  for (const { predictor, example, problem } of failed) note(`${predictor}, ${nameOf(example)}: ${problem}`);
  const text = [formatSmoke(done.smoke), formatRolledBack(done.rolledBack)].filter(Boolean).join("\n\n");
  return { json: done, text, exitCode: failed.length > 0 ? 1 : 0 };
}

function nameOf(example: SmokeResult["example"]): string {
  return example === undefined ? "request without credentials" : `example ${example}`;
}

const HEADER = ["PREDICTOR", "URL", "EXAMPLE", "ANSWER", "START", "TOTAL", "IN THE SERVER"];

function formatSmoke(smoke: readonly SmokeResult[]): string {
  return table(HEADER, smoke.map(toRow));
}

function toRow({ predictor, url, example, ok, answer }: SmokeResult): readonly string[] {
  const phases = Object.entries(answer?.timings ?? {}).map(([phase, ms]) => `${phase} ${ms}`);
  return [
    predictor,
    url || "-",
    example === undefined ? "-" : String(example),
    ok ? (example === undefined ? "refused" : "ok") : "FAILED",
    answer?.cold === undefined ? "-" : answer.cold ? "cold" : "warm",
    answer === undefined ? "-" : `${answer.totalMs} ms`,
    phases.join(", ") || "-",
  ];
}

export function formatRolledBack(rolledBack: readonly RolledBack[] | undefined): string {
  return (rolledBack ?? []).map(({ name, from, to }) => `${name}: rolled back from ${from} to ${to}`).join("\n");
}
