import type { TargetsConfig } from "../config.ts";
import type { ResolvedCloud, ResolvedContainerTarget, ResolvedPlan } from "../resolved-plan.ts";

/** The plan with one target only, to render, check or deploy that target alone. */
export function onlyOn({ service, stage, ...targets }: ResolvedPlan, target: keyof TargetsConfig): ResolvedPlan {
  const others = Object.fromEntries(Object.keys(targets).map((name) => [name, undefined]));
  return { ...(others as typeof targets), service, stage, [target]: targets[target] };
}

/** The targets of a plan that run functions. */
export function targetsOf({ aws, azure, gcp }: ResolvedPlan): readonly ResolvedCloud[] {
  return [aws, azure, gcp].filter((target) => target !== undefined);
}

/** The targets of a plan that run images. */
export function containerTargetsOf(plan: ResolvedPlan): readonly ResolvedContainerTarget[] {
  const { kubernetes, ecs, sagemaker, vertex, azureMl } = plan;
  return [kubernetes, ecs, sagemaker, vertex, azureMl].filter((target) => target !== undefined);
}
