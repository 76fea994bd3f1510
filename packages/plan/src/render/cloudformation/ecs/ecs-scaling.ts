import { scales } from "../../../facts/scaling.ts";
import type { ResolvedTask } from "../../../resolved-plan.ts";
import { INSTANCE_COOLDOWN, scalableTarget, tracking } from "../auto-scaling.ts";
import { getAtt, join, type Resources, ref } from "../cloudformation.ts";

/** Scales tasks by their CPU, and by requests if the configuration sets a number. */
export function scaling(id: string, one: ResolvedTask): Resources {
  if (!scales(one.instances)) return {};
  const target = `${id}ScalableTarget`;
  const service = join("service/", ref("Cluster"), "/", getAtt(`${id}Service`, "Name"));
  const { requestsPerMinute: requests } = one;
  const hasRequests = requests !== undefined && one.endpoint !== undefined;
  return {
    [target]: scalableTarget({ namespace: "ecs", dimension: "service:DesiredCount", id: service }, one.instances),
    [`${id}CpuPolicy`]: tracking(target, "cpu", {
      TargetValue: Math.round(one.instances.targetUtilization * 100),
      PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
      ...INSTANCE_COOLDOWN,
    }),
    ...(hasRequests && {
      [`${id}RequestPolicy`]: tracking(target, "requests-per-target", requestTracking(id, requests)),
    }),
  };
}

/** The period of the metric is one minute (docs.aws.amazon.com/autoscaling/application/userguide, ALBRequestCountPerTarget). */
function requestTracking(id: string, perMinute: number): object {
  // arn:...:listener/app/NAME/ID/LISTENER: app/NAME/ID is the load balancer.
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
