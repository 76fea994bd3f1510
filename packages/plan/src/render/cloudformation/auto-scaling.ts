import { awsCron } from "../../facts/aws-cron.ts";
import type { ResolvedWarm } from "../../resolved-plan.ts";
import { type CloudFormationResource, type Intrinsic, ref, resource } from "./cloudformation.ts";

export interface Scalable {
  readonly namespace: "ecs" | "lambda" | "sagemaker";
  readonly dimension: string;
  readonly id: Intrinsic;
  /** Default: none. */
  readonly dependsOn?: string;
}

/** A target of Application Auto Scaling, with its bounds and the windows that change them. */
export function scalableTarget(
  { namespace, dimension, id, dependsOn }: Scalable,
  warm: ResolvedWarm,
): CloudFormationResource {
  const actions = warm.schedule.map((window) => ({
    ScheduledActionName: window.name,
    Schedule: awsCron(window.at),
    Timezone: window.timeZone,
    ScalableTargetAction: { MinCapacity: window.min, MaxCapacity: window.max },
  }));
  const properties = {
    ServiceNamespace: namespace,
    ScalableDimension: `${namespace}:${dimension}`,
    ResourceId: id,
    MinCapacity: warm.min,
    MaxCapacity: warm.max,
    ...(actions.length > 0 ? { ScheduledActions: actions } : {}),
  };
  const more = dependsOn === undefined ? {} : { DependsOn: dependsOn };
  return resource("ApplicationAutoScaling::ScalableTarget", properties, more);
}

/** Scaling in is slow, because an instance that stops loses its warm model. */
export const INSTANCE_COOLDOWN = { ScaleInCooldown: 300, ScaleOutCooldown: 60 } as const;

/** A policy that holds a metric at a value. */
export function tracking(target: string, name: string, configuration: object): CloudFormationResource {
  return resource("ApplicationAutoScaling::ScalingPolicy", {
    PolicyName: name,
    PolicyType: "TargetTrackingScaling",
    ScalingTargetId: ref(target),
    TargetTrackingScalingPolicyConfiguration: configuration,
  });
}
