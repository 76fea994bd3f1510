import { resolve } from "node:path";
import { TricastError } from "@tricast/core";
import type { TargetName } from "@tricast/plan";
import type { Io } from "../io.ts";
import { loadConfig } from "../load-config.ts";
import { planOf } from "../plan/load-plan.ts";
import type { Deployment } from "./deploy-tool.ts";

export interface DeploymentOptions {
  readonly target: TargetName;
  readonly stage: string | undefined;
  readonly config: string | undefined;
  readonly artefacts: string;
}

/** @throws {TricastError} `invalid-option` for a target that the configuration does not have. */
export async function startDeployment({ target, stage, ...given }: DeploymentOptions, io: Io): Promise<Deployment> {
  const { config, folder } = await loadConfig(given.config);
  const artefacts = resolve(folder, given.artefacts);
  const plan = planOf({ config, folder }, stage, artefacts);
  if (plan[target] === undefined) {
    throw new TricastError(
      "invalid-option",
      `the configuration has no target ${target} in stage ${plan.stage}; add targets.${target}`,
    );
  }
  return { target, plan, config, folder, artefacts, env: io.env, tell: io.note };
}
