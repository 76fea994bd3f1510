import type { TargetsConfig } from "../config.ts";
import type { ResolvedPlan } from "../resolved-plan.ts";

/** The plan of one target: what is rendered, checked or deployed without the others. */
export function onlyOn({ service, stage, ...targets }: ResolvedPlan, target: keyof TargetsConfig): ResolvedPlan {
  const others = Object.fromEntries(Object.keys(targets).map((name) => [name, undefined]));
  return { ...(others as typeof targets), service, stage, [target]: targets[target] };
}
