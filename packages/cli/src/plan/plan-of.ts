import { resolve } from "node:path";
import { type ResolvedPlan, resolvePlan } from "@tricast/plan";
import type { LoadedConfig } from "../load-config.ts";
import { readMeasurements } from "./read-measurements.ts";

/** The plan of a stage, with the sizes of existing builds. Without a stage: the first one. */
export function planOf(
  { config, folder }: Pick<LoadedConfig, "config" | "folder">,
  stage: string | undefined,
  artefacts: string,
): ResolvedPlan {
  const plan = resolvePlan(config, stage);
  return resolvePlan(config, plan.stage, readMeasurements(plan, resolve(folder, artefacts)));
}
