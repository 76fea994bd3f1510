import { resolve } from "node:path";
import { checkPlan, type Finding, type ResolvedPlan, resolvePlan } from "@tricast/plan";
import { type LoadedConfig, loadConfig } from "../load-config.ts";
import { readMeasurements } from "./read-measurements.ts";

export interface PlanOptions {
  readonly config: string | undefined;
  readonly stage: string | undefined;
  readonly artefacts: string;
}

export interface LoadedPlan extends LoadedConfig {
  readonly plan: ResolvedPlan;
  readonly findings: readonly Finding[];
}

/** The configuration, one stage of it with what builds measured, and what the rules say. */
export async function loadPlan({ config: given, stage, artefacts }: PlanOptions): Promise<LoadedPlan> {
  const loaded = await loadConfig(given);
  const plan = planOf(loaded, stage, artefacts);
  return { ...loaded, plan, findings: checkPlan(plan) };
}

export function planOf(
  { config, folder }: Pick<LoadedConfig, "config" | "folder">,
  stage: string | undefined,
  artefacts: string,
): ResolvedPlan {
  const plan = resolvePlan(config, stage);
  return resolvePlan(config, plan.stage, readMeasurements(plan, resolve(folder, artefacts)));
}
