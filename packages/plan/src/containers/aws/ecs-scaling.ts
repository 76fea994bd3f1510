import type { ResolvedTask } from "../../resolved-plan.ts";
import { getAtt, join, type Resources, ref } from "../../serverless/cloudformation.ts";
import { capacity, scales } from "../../serverless/scaling.ts";
import { tracking } from "./tracking.ts";

/** More tasks where the CPU asks for them, or what each is sent. */
export function scaling(id: string, one: ResolvedTask): Resources {
  if (!scales(one.instances)) return {};
  const target = `${id}ScalableTarget`;
  return {
    [target]: {
      Type: "AWS::ApplicationAutoScaling::ScalableTarget",
      Properties: {
        ServiceNamespace: "ecs",
        ScalableDimension: "ecs:service:DesiredCount",
        ResourceId: join("service/", ref("Cluster"), "/", getAtt(`${id}Service`, "Name")),
        ...capacity(one.instances),
      },
    },
    [`${id}CpuPolicy`]: tracking(target, "cpu", {
      TargetValue: Math.round(one.instances.targetUtilization * 100),
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
    }),
    ...(one.requestsPerMinute === undefined || one.endpoint === undefined
      ? {}
      : { [`${id}RequestPolicy`]: tracking(target, "requests-per-target", requests(id, one.requestsPerMinute)) }),
  };
}

/** The metric is one minute's (docs.aws.amazon.com/autoscaling/application/userguide, ALBRequestCountPerTarget). */
function requests(id: string, perMinute: number): object {
  // arn:...:listener/app/NAME/ID/LISTENER: the load balancer's part of its own listener's name.
  const part = (index: number) => ({ "Fn::Select": [index, { "Fn::Split": ["/", ref("ListenerArn")] }] });
  const balancer = [1, 2, 3].flatMap((index) => [part(index), "/"]);
  return {
    TargetValue: perMinute,
    PredefinedMetricSpecification: {
      PredefinedMetricType: "ALBRequestCountPerTarget",
      ResourceLabel: join(...balancer, getAtt(`${id}Targets`, "TargetGroupFullName")),
    },
  };
}
