import { awsCron } from "../../facts/aws-cron.ts";
import type { ResolvedWarm } from "../../resolved-plan.ts";
import { type CloudFormationResource, type Intrinsic, ref } from "./cloudformation.ts";

export interface Scalable {
  readonly namespace: "ecs" | "lambda" | "sagemaker";
  readonly dimension: string;
  readonly id: Intrinsic;
}

/** What is scaled, its bounds, and the times of day that change them. */
export function scalableTarget({ namespace, dimension, id }: Scalable, warm: ResolvedWarm): CloudFormationResource {
  const actions = warm.schedule.map((window) => ({
    ScheduledActionName: window.name,
    Schedule: awsCron(window.at),
    Timezone: window.timeZone,
    ScalableTargetAction: { MinCapacity: window.min, MaxCapacity: window.max },
  }));
  return {
    Type: "AWS::ApplicationAutoScaling::ScalableTarget",
    Properties: {
      ServiceNamespace: namespace,
      ScalableDimension: `${namespace}:${dimension}`,
      ResourceId: id,
      MinCapacity: warm.min,
      MaxCapacity: warm.max,
      ...(actions.length > 0 ? { ScheduledActions: actions } : {}),
    },
  };
}

/** An instance that goes away takes its warm model with it. */
export const INSTANCE_COOLDOWN = { ScaleInCooldown: 300, ScaleOutCooldown: 60 } as const;

/** A policy that holds a metric at a value. */
export function tracking(target: string, name: string, configuration: object): CloudFormationResource {
  return {
    Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
    Properties: {
      PolicyName: name,
      PolicyType: "TargetTrackingScaling",
      ScalingTargetId: ref(target),
      TargetTrackingScalingPolicyConfiguration: configuration,
    },
  };
}
