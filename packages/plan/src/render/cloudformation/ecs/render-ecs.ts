import { SERVER_PORT } from "../../../facts/server.ts";
import type { OutputFile } from "../../../output-file.ts";
import type { ResolvedEcs, ResolvedPlan, ResolvedTask } from "../../../resolved-plan.ts";
import { type CloudFormationResource, getAtt, merge, type Resources, ref, resource } from "../cloudformation.ts";
import { idPart } from "../function-ids.ts";
import { templateFile } from "../template.ts";
import { roles } from "./ecs-roles.ts";
import { scaling } from "./ecs-scaling.ts";
import { service } from "./ecs-service.ts";
import { task } from "./ecs-task.ts";

export function ecsFiles({ service: name, stage, ecs }: ResolvedPlan): OutputFile[] {
  if (ecs === undefined) return [];
  const file = templateFile({
    path: `ecs/${stage}.yaml`,
    description: `Predictors of ${name}, stage ${stage}, on Fargate`,
    comments: [
      `aws cloudformation deploy --template-file ${stage}.yaml --stack-name ${name}-${stage} \\`,
      "  --capabilities CAPABILITY_IAM --parameter-overrides VpcId=... SubnetIds=... Cluster=... ListenerArn=... LoadBalancerSecurityGroup=...",
    ],
    parameters: parameters(ecs),
    resources: {
      ...(ecs.containers.some(isReachable) ? { SecurityGroup: securityGroup(`${name}-${stage}`) } : {}),
      ...merge(ecs.containers.map((one) => resources(one, ecs))),
    },
    outputs: ecs.containers.map((one) => output(one, ecs)),
  });
  return [file];
}

/** Whether the load balancer forwards to the predictor. */
function isReachable({ endpoint }: ResolvedTask): boolean {
  return endpoint !== undefined;
}

const FIRST_PRIORITY = 100;

function parameters({ containers }: ResolvedEcs) {
  const reachable = containers.filter(isReachable);
  const priorities = reachable.map(({ predictor }, index) => [
    `${idPart(predictor)}Priority`,
    {
      Type: "Number",
      Default: FIRST_PRIORITY + index,
      Description: `Priority of the listener rule for ${predictor}, unique on the listener`,
    },
  ]);
  return {
    VpcId: { Type: "AWS::EC2::VPC::Id" },
    SubnetIds: { Type: "List<AWS::EC2::Subnet::Id>", Description: "Private subnets that can reach the registry" },
    AssignPublicIp: {
      Type: "String",
      Default: "DISABLED",
      AllowedValues: ["DISABLED", "ENABLED"],
      Description: "ENABLED if the subnets reach the internet only through an internet gateway",
    },
    Cluster: { Type: "String", Description: "Name of the cluster" },
    ...(reachable.length > 0 ? BALANCER : {}),
    ...Object.fromEntries(priorities),
  };
}

const BALANCER = {
  ListenerArn: { Type: "String", Description: "HTTPS listener of an Application Load Balancer" },
  LoadBalancerSecurityGroup: { Type: "AWS::EC2::SecurityGroup::Id" },
};

/** Only the load balancer reaches the port of the server. */
function securityGroup(name: string): CloudFormationResource {
  const ingress = {
    IpProtocol: "tcp",
    FromPort: SERVER_PORT,
    ToPort: SERVER_PORT,
    SourceSecurityGroupId: ref("LoadBalancerSecurityGroup"),
    Description: "the load balancer",
  };
  return resource("EC2::SecurityGroup", {
    GroupDescription: `Tasks of ${name}`,
    VpcId: ref("VpcId"),
    SecurityGroupIngress: [ingress],
  });
}

function resources(one: ResolvedTask, { domain }: ResolvedEcs): Resources {
  const id = idPart(one.predictor);
  const logs = { LogGroupName: `/ecs/${one.name}`, RetentionInDays: one.logRetentionDays };
  return {
    [`${id}Logs`]: resource("Logs::LogGroup", logs),
    ...roles(id, one),
    [`${id}Task`]: task(id, one),
    ...service(id, one, domain),
    ...scaling(id, one),
  };
}

function output(
  one: ResolvedTask,
  { domain }: ResolvedEcs,
): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const id = idPart(one.predictor);
  if (!isReachable(one)) return { [`${id}Service`]: { Value: getAtt(`${id}Service`, "Name") } };
  return { [`${id}Url`]: { Value: `https://${one.predictor}.${domain}`, Description: `Address of ${one.predictor}` } };
}
