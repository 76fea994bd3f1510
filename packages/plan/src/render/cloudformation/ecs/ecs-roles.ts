import { secretLocations } from "../../../facts/secrets.ts";
import type { ResolvedTask } from "../../../resolved-plan.ts";
import { type Intrinsic, type Resources, serviceRole, sub } from "../cloudformation.ts";
import { modelStatements } from "../lambda/role.ts";
import { inlinePolicy } from "../template.ts";

const TASKS = "ecs-tasks.amazonaws.com";
const EXECUTION = `arn:\${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy`;

/** What starts a task may fetch its image and its secrets; the task itself may read its models. */
export function roles(id: string, one: ResolvedTask): Resources {
  const reads = secretReferences(one).map(({ action, resource }) => ({
    Effect: "Allow",
    Action: [action],
    Resource: [resource],
  }));
  return {
    [`${id}ExecutionRole`]: serviceRole(TASKS, {
      ManagedPolicyArns: [sub(EXECUTION)],
      ...inlinePolicy("secrets", reads),
    }),
    [`${id}TaskRole`]: serviceRole(TASKS, inlinePolicy("models", modelStatements(one))),
  };
}

export interface EcsSecret {
  readonly variable: string;
  /** As a task definition names it. */
  readonly valueFrom: string | Intrinsic;
  readonly action: string;
  /** As a permission names it. */
  readonly resource: string | Intrinsic;
}

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html. */
export function secretReferences(one: ResolvedTask): readonly EcsSecret[] {
  return secretLocations(one).map(({ variable, store, address }) => {
    const isArn = address.startsWith("arn:");
    if (store === "ssm") {
      const resource = isArn ? address : arn("ssm", `parameter/${address.replace(/^\//, "")}`);
      return { variable, valueFrom: address, action: "ssm:GetParameters", resource };
    }
    const valueFrom = isArn ? address : arn("secretsmanager", `secret:${address}`);
    // Secrets Manager adds six characters to the name of every secret.
    const resource = isArn ? secretOf(address) : arn("secretsmanager", `secret:${address}-??????`);
    return { variable, valueFrom, action: "secretsmanager:GetSecretValue", resource };
  });
}

function arn(service: string, resource: string): Intrinsic {
  return sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);
}

/** The secret itself, without the key and the version of it that may follow. */
function secretOf(place: string): string {
  return place.split(":").slice(0, 7).join(":");
}
