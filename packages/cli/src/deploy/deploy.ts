import { checkPlan, type Finding } from "@tricast/plan";
import { isError, onlyOn } from "@tricast/plan/tools";
import type { Keys } from "../invoke/authorize.ts";
import { formatFindings, formatPlan } from "../plan/format-plan.ts";
import { planOf } from "../plan/plan-of.ts";
import { requireTool } from "../tools/run-tool.ts";
import { buildArtefacts } from "./build-artefacts.ts";
import type { Deployment, DeployTool } from "./deploy-tool.ts";
import { writeDeployed } from "./deployed.ts";
import { keepPackages, type RolledBack, rollBack } from "./roll-back.ts";
import { type SmokeResult, smokeTest } from "./smoke-test.ts";

export interface DeployOptions extends Keys {
  readonly deployment: Deployment;
  readonly tool: DeployTool;
  /** Asks whether to deploy the plan that was shown. */
  readonly mayDeploy: (question: string) => Promise<boolean>;
  /** Asks whether to roll back after a failed smoke test. */
  readonly mayRollBack: (question: string) => Promise<boolean>;
}

/** How a deployment ended. */
export type Deployed =
  | { readonly kind: "refused"; readonly findings: readonly Finding[] }
  | { readonly kind: "declined" }
  | {
      readonly kind: "deployed";
      readonly endpoints: Readonly<Record<string, string>>;
      readonly smoke: readonly SmokeResult[];
      /** Set if the smoke test failed and the functions were rolled back. */
      readonly rolledBack: readonly RolledBack[] | undefined;
    };

/** Builds, checks, shows, asks, deploys and tests one target of a stage. */
export async function deploy(options: DeployOptions): Promise<Deployed> {
  const { deployment: given, tool } = options;
  const early = errorsIn(given);
  if (early.length > 0) return { kind: "refused", findings: early };
  for (const program of tool.programs(given)) requireTool(program, { env: given.env, cwd: given.folder });
  tool.check?.(given);
  await buildArtefacts(given);
  // Checked again, because the sizes are known now.
  const deployment = { ...given, plan: planOf(given, given.plan.stage, given.artefacts) };
  const findings = errorsIn(deployment);
  if (findings.length > 0) return { kind: "refused", findings };
  await show(deployment, tool);
  const question = `Deploy this to ${deployment.target} in stage ${deployment.plan.stage}?`;
  if (!(await options.mayDeploy(question))) return { kind: "declined" };
  await tool.apply(deployment);
  return tryOut(deployment, options);
}

function errorsIn(deployment: Deployment): readonly Finding[] {
  return checkPlan(only(deployment)).filter(isError);
}

/** Errors in another target do not prevent this deployment. */
function only({ plan, target }: Deployment): Deployment["plan"] {
  return onlyOn(plan, target);
}

async function show(deployment: Deployment, tool: DeployTool): Promise<void> {
  const plan = only(deployment);
  const warnings = formatFindings(checkPlan(plan));
  for (const text of [formatPlan(plan), warnings].filter(Boolean)) deployment.note(`${text}\n`);
  await tool.prepare?.(deployment);
}

async function tryOut(deployment: Deployment, { tool, mayRollBack, ...keys }: DeployOptions): Promise<Deployed> {
  const { target, plan, artefacts } = deployment;
  const endpoints = await tool.endpoints(deployment);
  writeDeployed(artefacts, { target, stage: plan.stage, via: tool.name, endpoints });
  const smoke = await smokeTest(deployment, endpoints, keys);
  const failed = smoke.filter(({ ok }) => !ok);
  if (failed.length === 0) {
    keepPackages(deployment);
    return { kind: "deployed", endpoints, smoke, rolledBack: undefined };
  }
  const isTakenBack = await mayRollBack(`${failed.length} of ${smoke.length} requests failed. Roll back?`);
  const rolledBack = isTakenBack ? await rollBack(deployment, true) : undefined;
  return { kind: "deployed", endpoints, smoke, rolledBack };
}
