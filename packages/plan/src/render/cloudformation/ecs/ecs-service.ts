import { scales } from "../../../facts/scaling.ts";
import { SERVER_PATHS, SERVER_PORT, START_SECONDS } from "../../../facts/server.ts";
import type { ResolvedTask } from "../../../resolved-plan.ts";
import { type Resources, ref, resource } from "../cloudformation.ts";
import { tagList } from "../template.ts";
import { CONTAINER } from "./ecs-task.ts";

const LEAST_DRAIN_SECONDS = 30;

export function service(id: string, one: ResolvedTask, domain: string): Resources {
  const isReachable = one.endpoint !== undefined;
  const properties = {
    ServiceName: one.name,
    Cluster: ref("Cluster"),
    TaskDefinition: ref(`${id}Task`),
    LaunchType: "FARGATE",
    // Auto scaling sets the number of tasks. A new version must not reset it.
    DesiredCount: scales(one.instances) ? undefined : one.instances.min,
    DeploymentConfiguration: {
      MinimumHealthyPercent: 100,
      MaximumPercent: 200,
      DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    },
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        Subnets: ref("SubnetIds"),
        SecurityGroups: isReachable ? [ref("SecurityGroup")] : undefined,
        AssignPublicIp: ref("AssignPublicIp"),
      },
    },
    ...(isReachable ? behind(id) : {}),
    PropagateTags: "SERVICE",
    Tags: tagList(one.tags),
  };
  return {
    ...(isReachable ? balancing(id, one, domain) : {}),
    // A target group accepts tasks only after a rule of a load balancer uses it.
    [`${id}Service`]: resource("ECS::Service", properties, isReachable ? { DependsOn: `${id}Rule` } : {}),
  };
}

function behind(id: string): object {
  const target = { ContainerName: CONTAINER, ContainerPort: SERVER_PORT, TargetGroupArn: ref(`${id}Targets`) };
  return { HealthCheckGracePeriodSeconds: START_SECONDS, LoadBalancers: [target] };
}

function balancing(id: string, one: ResolvedTask, domain: string): Resources {
  const attributes = {
    // ECS stops a task after its target group removed it, so the task gets no more requests then.
    "deregistration_delay.timeout_seconds": `${Math.max(LEAST_DRAIN_SECONDS, one.timeoutSeconds + 1)}`,
    // The duration of predictions varies.
    "load_balancing.algorithm.type": "least_outstanding_requests",
  };
  return {
    [`${id}Targets`]: resource("ElasticLoadBalancingV2::TargetGroup", {
      VpcId: ref("VpcId"),
      TargetType: "ip",
      Protocol: "HTTP",
      Port: SERVER_PORT,
      HealthCheckPath: SERVER_PATHS.ready,
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
      Matcher: { HttpCode: "200" },
      TargetGroupAttributes: tagList(attributes),
      Tags: tagList(one.tags),
    }),
    [`${id}Rule`]: resource("ElasticLoadBalancingV2::ListenerRule", {
      ListenerArn: ref("ListenerArn"),
      Priority: ref(`${id}Priority`),
      Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: [`${one.predictor}.${domain}`] } }],
      Actions: [{ Type: "forward", TargetGroupArn: ref(`${id}Targets`) }],
    }),
  };
}
