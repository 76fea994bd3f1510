import { scales } from "../../../facts/scaling.ts";
import type { ResolvedTask } from "../../../resolved-plan.ts";
import { INSTANCE_COOLDOWN, scalableTarget, tracking } from "../auto-scaling.ts";
import { getAtt, join, type Resources, ref } from "../cloudformation.ts";

/** More tasks where the CPU asks for them, or what each is sent. */
export function scaling(id: string, one: ResolvedTask): Resources {
  if (!scales(one.instances)) return {};
  const target = `${id}ScalableTarget`;
  return {
    [target]: scalableTarget(
      {
        namespace: "ecs",
        dimension: "service:DesiredCount",
        id: join("service/", ref("Cluster"), "/", getAtt(`${id}Service`, "Name")),
      },
      one.instances,
    ),
    [`${id}CpuPolicy`]: tracking(target, "cpu", {
      TargetValue: Math.round(one.instances.targetUtilization * 100),
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
      ...INSTANCE_COOLDOWN,
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
    ...INSTANCE_COOLDOWN,
  };
}
