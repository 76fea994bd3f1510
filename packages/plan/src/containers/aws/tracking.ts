import { type CloudFormationResource, ref } from "../../serverless/cloudformation.ts";

/** An instance that goes away takes its warm model with it. */
const SCALE_IN_SECONDS = 300;
const SCALE_OUT_SECONDS = 60;

/** A policy that holds a metric at a value. */
export function tracking(target: string, name: string, metric: object): CloudFormationResource {
  return {
    Type: "AWS::ApplicationAutoScaling::ScalingPolicy",
    Properties: {
      PolicyName: name,
      PolicyType: "TargetTrackingScaling",
      ScalingTargetId: ref(target),
      TargetTrackingScalingPolicyConfiguration: {
        ...metric,
        ScaleInCooldown: SCALE_IN_SECONDS,
        ScaleOutCooldown: SCALE_OUT_SECONDS,
      },
    },
  };
}
