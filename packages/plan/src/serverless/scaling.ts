import type { ResolvedFunction, ResolvedWarm } from "../resolved-plan.ts";
import { awsCron } from "./aws-cron.ts";
import { join, type Resources, ref } from "./cloudformation.ts";
import type { FunctionIds } from "./function-ids.ts";

/**
 * What changes the number of provisioned instances: windows of time, and utilisation where they leave room for it.
 * Nothing where the number is fixed.
 */
export function scalingResources({ warm }: ResolvedFunction, ids: FunctionIds, alias: string): Resources {
  const isElastic = [warm, ...warm.schedule].some(({ min, max }) => max > min);
  if (!isElastic && warm.schedule.length === 0) return {};
  return { ...scalableTarget(warm, ids, alias), ...(isElastic ? trackingPolicy(warm, ids) : {}) };
}

/** docs.aws.amazon.com/autoscaling/application/userguide/services-that-can-integrate-lambda.html: a least of 0 is allowed. */
function scalableTarget(warm: ResolvedWarm, ids: FunctionIds, alias: string): Resources {
  return {
    [ids.scalableTarget]: {
      Type: "AWS::ApplicationAutoScaling::ScalableTarget",
      // The resource id names the alias without referring to it.
      DependsOn: ids.alias,
      Properties: {
        ServiceNamespace: "lambda",
        ScalableDimension: "lambda:function:ProvisionedConcurrency",
        ResourceId: join("function:", ref(ids.function), `:${alias}`),
        ...capacity(warm),
      },
    },
  };
}

/** Whether the number of instances changes by itself, by load or by time of day. */
export function scales({ min, max, schedule }: ResolvedWarm): boolean {
  return max > min || schedule.length > 0;
}

/** Bounds of a scalable target, and the times of day that change them. */
export function capacity({ min, max, schedule }: ResolvedWarm): Readonly<Record<string, unknown>> {
  const actions = schedule.map((window) => ({
    ScheduledActionName: window.name,
    Schedule: awsCron(window.at),
    Timezone: window.timeZone,
    ScalableTargetAction: { MinCapacity: window.min, MaxCapacity: window.max },
  }));
  return { MinCapacity: min, MaxCapacity: max, ...(actions.length > 0 ? { ScheduledActions: actions } : {}) };
}

function trackingPolicy(warm: ResolvedWarm, ids: FunctionIds): Resources {
  return {
    [ids.scalingPolicy]: {
      Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
      Properties: {
        PolicyName: "provisioned-concurrency-utilization",
        PolicyType: "TargetTrackingScaling",
        ScalingTargetId: ref(ids.scalableTarget),
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: warm.targetUtilization,
          PredefinedMetricSpecification: { PredefinedMetricType: "LambdaProvisionedConcurrencyUtilization" },
        },
      },
    },
  };
}
