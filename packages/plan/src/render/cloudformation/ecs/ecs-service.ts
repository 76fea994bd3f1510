import { scales } from "../../../facts/scaling.ts";
import { SERVER_PATHS, SERVER_PORT, START_SECONDS } from "../../../facts/server.ts";
import type { ResolvedTask } from "../../../resolved-plan.ts";
import { type Resources, ref } from "../cloudformation.ts";
import { tagList } from "../template.ts";
import { CONTAINER } from "./ecs-task.ts";

const LEAST_DRAIN_SECONDS = 30;

export function service(id: string, one: ResolvedTask, domain: string): Resources {
  const isReachable = one.endpoint !== undefined;
  return {
    ...(isReachable ? balancing(id, one, domain) : {}),
    [`${id}Service`]: {
      Type: "AWS::ECS::Service",
      // A target group takes tasks when a rule of a load balancer leads to it.
      ...(isReachable ? { DependsOn: `${id}Rule` } : {}),
      Properties: {
        ServiceName: one.name,
        Cluster: ref("Cluster"),
        TaskDefinition: ref(`${id}Task`),
        LaunchType: "FARGATE",
        // With scaling the number is its own, and a new version must not set it back.
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
      },
    },
  };
}

function behind(id: string): object {
  const target = { ContainerName: CONTAINER, ContainerPort: SERVER_PORT, TargetGroupArn: ref(`${id}Targets`) };
  return { HealthCheckGracePeriodSeconds: START_SECONDS, LoadBalancers: [target] };
}

function balancing(id: string, one: ResolvedTask, domain: string): Resources {
  const attributes = {
    // ECS ends a task when it is out of the target group, so nothing is sent to it by then.
    "deregistration_delay.timeout_seconds": `${Math.max(LEAST_DRAIN_SECONDS, one.timeoutSeconds + 1)}`,
    // Predictions do not all take the same time.
    "load_balancing.algorithm.type": "least_outstanding_requests",
  };
  return {
    [`${id}Targets`]: {
      Type: "AWS::ElasticLoadBalancingV2::TargetGroup",
      Properties: {
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
        TargetGroupAttributes: Object.entries(attributes).map(([Key, Value]) => ({ Key, Value })),
        Tags: tagList(one.tags),
      },
    },
    [`${id}Rule`]: {
      Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
      Properties: {
        ListenerArn: ref("ListenerArn"),
        Priority: ref(`${id}Priority`),
        Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: [`${one.predictor}.${domain}`] } }],
        Actions: [{ Type: "forward", TargetGroupArn: ref(`${id}Targets`) }],
      },
    },
  };
}
