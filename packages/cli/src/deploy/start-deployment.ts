import { resolve } from "node:path";
import type { TargetName } from "@tricast/plan";
import type { Io } from "../io.ts";
import { loadConfig } from "../load-config.ts";
import { planOf } from "../plan/plan-of.ts";
import type { StageValues } from "../stage-options.ts";
import { invalidOption } from "../usage-error.ts";
import type { Deployment } from "./deploy-tool.ts";

/** @throws {TricastError} `invalid-option` if the configuration does not have the target. */
export async function startDeployment(
  { target, stage, ...given }: StageValues & { readonly target: TargetName },
  { env, note }: Io,
): Promise<Deployment> {
  const { config, folder } = await loadConfig(given.config);
  const artefacts = resolve(folder, given.artefacts);
  const plan = planOf({ config, folder }, stage, artefacts);
  if (plan[target] === undefined) {
    throw invalidOption(`the configuration has no target ${target} in stage ${plan.stage}; add targets.${target}`);
  }
  return { target, plan, config, folder, artefacts, env, note };
}
