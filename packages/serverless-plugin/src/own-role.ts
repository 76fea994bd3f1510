import { type FunctionObject, isRecord, type ProviderObject } from "./serverless-api.ts";

/** Keys for which Serverless adds statements to the role that all functions share. */
const NEEDS_SHARED_ROLE = [
  "onError",
  "destinations",
  "fileSystemConfig",
  "kmsKeyArn",
  "vpc",
  "tracing",
  "durableConfig",
];
const POLLED_EVENTS = ["sqs", "stream", "kafka", "msk", "activemq", "rabbitmq"];

/**
 * Whether a predictor gets a role with its own logs and models only. Not where the user named a role or added statements,
 * nor where Serverless needs further ones: then what the models need is added to the shared role.
 */
export function hasOwnRole(fn: FunctionObject, provider: ProviderObject): boolean {
  if (fn.role !== undefined || hasProviderRole(provider)) return false;
  if (provider.vpc !== undefined || provider.kmsKeyArn !== undefined || provider.tracing?.lambda !== undefined)
    return false;
  if (NEEDS_SHARED_ROLE.some((key) => fn[key] !== undefined)) return false;
  return !(fn.events ?? []).some((event) => POLLED_EVENTS.some((kind) => kind in event));
}

/** An ARN, or anything that is to hold for every function. */
function hasProviderRole({ role, iam, ...provider }: ProviderObject): boolean {
  return role !== undefined || iam?.role !== undefined || provider.iamRoleStatements !== undefined;
}

/** The shared role, where Serverless makes it and statements can be added. */
export function sharedRole(resources: Readonly<Record<string, unknown>>): { Statement: unknown[] } | undefined {
  const role = resources.IamRoleLambdaExecution;
  if (!isRecord(role) || !isRecord(role.Properties)) return undefined;
  const [policy] = role.Properties.Policies as { PolicyDocument: { Statement: unknown[] } }[];
  return policy?.PolicyDocument;
}
