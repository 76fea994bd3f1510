import { containerEnvironment, needImage } from "../../../facts/container.ts";
import { SERVER_PORT, SERVER_VARIABLES } from "../../../facts/server.ts";
import type { ResolvedTask } from "../../../resolved-plan.ts";
import { type CloudFormationResource, getAtt, ref, resource } from "../cloudformation.ts";
import { tagList } from "../template.ts";
import { secretReferences } from "./ecs-roles.ts";

export const CONTAINER = "server";
const CPU_UNITS = 1024;
/** Included in every task; more costs extra (docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html). */
const FREE_SCRATCH_GB = 20;
const GB_IN_MB = 1024;
const LEAST_STOP_SECONDS = 30;
/** docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html, stopTimeout. */
const MOST_STOP_SECONDS = 120;

const ARCHITECTURES = { x64: "X86_64", arm64: "ARM64" } as const;

export function task(id: string, one: ResolvedTask): CloudFormationResource {
  const scratchGb = Math.ceil(one.scratchMb / GB_IN_MB);
  return resource("ECS::TaskDefinition", {
    Family: one.name,
    RequiresCompatibilities: ["FARGATE"],
    NetworkMode: "awsvpc",
    Cpu: `${one.cpu * CPU_UNITS}`,
    Memory: `${one.memoryMb}`,
    RuntimePlatform: { CpuArchitecture: ARCHITECTURES[one.architecture], OperatingSystemFamily: "LINUX" },
    ...(scratchGb > FREE_SCRATCH_GB ? { EphemeralStorage: { SizeInGiB: scratchGb } } : {}),
    ExecutionRoleArn: getAtt(`${id}ExecutionRole`, "Arn"),
    TaskRoleArn: getAtt(`${id}TaskRole`, "Arn"),
    ContainerDefinitions: [container(id, one)],
    Tags: tagList(one.tags),
  });
}

/** The load balancer forwards every path. If the server asks for credentials, its metrics must ask for them too. */
function metrics({ endpoint, environment, secrets }: ResolvedTask): Readonly<Record<string, string>> {
  const isOpen = endpoint === undefined || endpoint.auth === "none";
  const isSet = SERVER_VARIABLES.metrics in { ...environment, ...secrets };
  return isOpen || isSet ? {} : { [SERVER_VARIABLES.metrics]: "authenticated" };
}

/**
 * The root file system is writable: a volume of Fargate for /tmp belongs to root, and the server's own user could not write
 * there (docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html).
 */
function container(id: string, one: ResolvedTask): object {
  const graceSeconds = Math.min(MOST_STOP_SECONDS, Math.max(LEAST_STOP_SECONDS, one.timeoutSeconds + 1));
  const variables = Object.entries({ ...metrics(one), ...containerEnvironment(one, { graceSeconds }) });
  const secrets = secretReferences(one).map(({ variable, valueFrom }) => ({ Name: variable, ValueFrom: valueFrom }));
  return {
    Name: CONTAINER,
    Image: needImage(one),
    Essential: true,
    PortMappings: [{ ContainerPort: SERVER_PORT }],
    Environment: variables.map(([Name, Value]) => ({ Name, Value })),
    Secrets: secrets.length === 0 ? undefined : secrets,
    StopTimeout: graceSeconds,
    LinuxParameters: { Capabilities: { Drop: ["ALL"] } },
    LogConfiguration: {
      LogDriver: "awslogs",
      Options: {
        "awslogs-group": ref(`${id}Logs`),
        "awslogs-region": ref("AWS::Region"),
        "awslogs-stream-prefix": CONTAINER,
      },
    },
  };
}
