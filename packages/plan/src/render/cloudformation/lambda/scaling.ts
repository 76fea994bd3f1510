import { isElastic, scales } from "../../../facts/scaling.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { scalableTarget, tracking } from "../auto-scaling.ts";
import { join, type Resources, ref } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";

/**
 * What changes the number of provisioned instances: windows of time, and utilisation where the bounds leave room for it.
 * Nothing where the number is fixed.
 */
export function scalingResources({ warm }: ResolvedFunction, ids: FunctionIds, alias: string): Resources {
  if (!scales(warm)) return {};
  const id = join("function:", ref(ids.function), `:${alias}`);
  const { Type, Properties } = scalableTarget(
    { namespace: "lambda", dimension: "function:ProvisionedConcurrency", id },
    warm,
  );
  const policy = tracking(ids.scalableTarget, "provisioned-concurrency-utilization", {
    TargetValue: warm.targetUtilization,
    PredefinedMetricSpecification: { PredefinedMetricType: "LambdaProvisionedConcurrencyUtilization" },
  });
  return {
    // The resource id names the alias without referring to it.
    [ids.scalableTarget]: { Type, DependsOn: ids.alias, Properties },
    ...(isElastic(warm) ? { [ids.scalingPolicy]: policy } : {}),
  };
}
