import { secretLocations } from "../../../facts/secrets.ts";
import type { ResolvedTask } from "../../../resolved-plan.ts";
import { allow, arn, type Intrinsic, inlinePolicy, ownArn, type Resources, serviceRole } from "../cloudformation.ts";
import { modelStatements } from "../lambda/role.ts";

const TASKS = "ecs-tasks.amazonaws.com";
const EXECUTION = "iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";

/** The execution role pulls the image and reads the secrets. The task role reads the models. */
export function roles(id: string, one: ResolvedTask): Resources {
  const reads = secretReferences(one).map(({ action, resource }) => allow([action], resource));
  return {
    [`${id}ExecutionRole`]: serviceRole(TASKS, {
      ManagedPolicyArns: [arn(EXECUTION)],
      ...inlinePolicy("secrets", reads),
    }),
    [`${id}TaskRole`]: serviceRole(TASKS, inlinePolicy("models", modelStatements(one))),
  };
}

export interface EcsSecret {
  readonly variable: string;
  /** The reference in a task definition. */
  readonly valueFrom: string | Intrinsic;
  readonly action: string;
  /** The resource of the permission. */
  readonly resource: string | Intrinsic;
}

/** docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html. */
export function secretReferences(one: ResolvedTask): readonly EcsSecret[] {
  return secretLocations(one).map(({ variable, store, address }) => {
    const isArn = address.startsWith("arn:");
    if (store === "ssm") {
      const resource = isArn ? address : ownArn("ssm", `parameter/${address.replace(/^\//, "")}`);
      return { variable, valueFrom: address, action: "ssm:GetParameters", resource };
    }
    const valueFrom = isArn ? address : ownArn("secretsmanager", `secret:${address}`);
    // Secrets Manager adds six characters to the name of every secret.
    const resource = isArn ? secretOf(address) : ownArn("secretsmanager", `secret:${address}-??????`);
    return { variable, valueFrom, action: "secretsmanager:GetSecretValue", resource };
  });
}

/** The ARN of the secret, without the key and the version that can follow. */
function secretOf(reference: string): string {
  return reference.split(":").slice(0, 7).join(":");
}
