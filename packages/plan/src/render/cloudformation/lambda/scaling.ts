import { isElastic, scales } from "../../../facts/scaling.ts";
import type { ResolvedFunction } from "../../../resolved-plan.ts";
import { scalableTarget, tracking } from "../auto-scaling.ts";
import { join, type Resources, ref } from "../cloudformation.ts";
import type { FunctionIds } from "../function-ids.ts";

/**
 * Changes the number of provisioned instances: by windows of time, and by utilisation if the bounds differ. No resources
 * for a fixed number.
 */
export function scalingResources({ warm }: ResolvedFunction, ids: FunctionIds, alias: string): Resources {
  if (!scales(warm)) return {};
  const scalable = {
    namespace: "lambda",
    dimension: "function:ProvisionedConcurrency",
    id: join("function:", ref(ids.function), `:${alias}`),
    // The id contains the name of the alias, but no reference to it.
    dependsOn: ids.alias,
  } as const;
  const policy = tracking(ids.scalableTarget, "provisioned-concurrency-utilization", {
    TargetValue: warm.targetUtilization,
    PredefinedMetricSpecification: { PredefinedMetricType: "LambdaProvisionedConcurrencyUtilization" },
  });
  return {
    [ids.scalableTarget]: scalableTarget(scalable, warm),
    ...(isElastic(warm) ? { [ids.scalingPolicy]: policy } : {}),
  };
}
