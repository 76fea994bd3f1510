import { SERVER_PORT } from "../../../facts/server.ts";
import type { OutputFile } from "../../../output-file.ts";
import type { ResolvedEcs, ResolvedPlan, ResolvedTask } from "../../../resolved-plan.ts";
import { getAtt, type Resources, ref } from "../cloudformation.ts";
import { idPart } from "../function-ids.ts";
import { writeTemplate } from "../template.ts";
import { roles } from "./ecs-roles.ts";
import { scaling } from "./ecs-scaling.ts";
import { service } from "./ecs-service.ts";
import { task } from "./ecs-task.ts";

export function ecsFiles(plan: ResolvedPlan): OutputFile[] {
  const { service: name, stage, ecs } = plan;
  if (ecs === undefined) return [];
  const text = writeTemplate({
    description: `Predictors of ${name}, stage ${stage}, on Fargate`,
    comments: [
      `aws cloudformation deploy --template-file ${stage}.yaml --stack-name ${name}-${stage} \\`,
      "  --capabilities CAPABILITY_IAM --parameter-overrides VpcId=... SubnetIds=... Cluster=... ListenerArn=... LoadBalancerSecurityGroup=...",
    ],
    parameters: parameters(ecs),
    resources: {
      ...(ecs.containers.some(isReachable) ? network(`${name}-${stage}`) : {}),
      ...Object.assign({}, ...ecs.containers.map((one) => resources(one, ecs))),
    },
    outputs: Object.assign({}, ...ecs.containers.map((one) => output(one, ecs))),
  });
  return [{ path: `ecs/${stage}.yaml`, text }];
}

/** Behind a load balancer: who is outside sees nothing of it. */
function isReachable({ endpoint }: ResolvedTask): boolean {
  return endpoint !== undefined;
}

const FIRST_PRIORITY = 100;

function parameters({ containers }: ResolvedEcs) {
  const priorities = containers.filter(isReachable).map((one, index) => [
    `${idPart(one.predictor)}Priority`,
    {
      Type: "Number",
      Default: FIRST_PRIORITY + index,
      Description: `Of the rule for ${one.predictor}, unique on its listener`,
    },
  ]);
  return {
    VpcId: { Type: "AWS::EC2::VPC::Id" },
    SubnetIds: { Type: "List<AWS::EC2::Subnet::Id>", Description: "Private ones with a way to the registry" },
    AssignPublicIp: {
      Type: "String",
      Default: "DISABLED",
      AllowedValues: ["DISABLED", "ENABLED"],
      Description: "ENABLED in subnets whose only way out is an internet gateway",
    },
    Cluster: { Type: "String", Description: "Name of the cluster" },
    ...(containers.some(isReachable) ? BALANCER : {}),
    ...Object.fromEntries(priorities),
  };
}

const BALANCER = {
  ListenerArn: { Type: "String", Description: "HTTPS listener of an Application Load Balancer" },
  LoadBalancerSecurityGroup: { Type: "AWS::EC2::SecurityGroup::Id" },
};

/** Only the load balancer reaches the port of the server. */
function network(name: string): Resources {
  const ingress = {
    IpProtocol: "tcp",
    FromPort: SERVER_PORT,
    ToPort: SERVER_PORT,
    SourceSecurityGroupId: ref("LoadBalancerSecurityGroup"),
    Description: "the load balancer",
  };
  return {
    SecurityGroup: {
      Type: "AWS::EC2::SecurityGroup",
      Properties: {
        GroupDescription: `Tasks of ${name}`,
        VpcId: ref("VpcId"),
        SecurityGroupIngress: [ingress],
      },
    },
  };
}

function resources(one: ResolvedTask, { domain }: ResolvedEcs): Resources {
  const id = idPart(one.predictor);
  return {
    [`${id}Logs`]: {
      Type: "AWS::Logs::LogGroup",
      Properties: { LogGroupName: `/ecs/${one.name}`, RetentionInDays: one.logRetentionDays },
    },
    ...roles(id, one),
    ...task(id, one),
    ...service(id, one, domain),
    ...scaling(id, one),
  };
}

function output(one: ResolvedTask, { domain }: ResolvedEcs) {
  const id = idPart(one.predictor);
  if (!isReachable(one)) return { [`${id}Service`]: { Value: getAtt(`${id}Service`, "Name") } };
  return { [`${id}Url`]: { Value: `https://${one.predictor}.${domain}`, Description: "Where it answers" } };
}
