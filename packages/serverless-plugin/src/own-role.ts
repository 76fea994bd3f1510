import {
  type EventObject,
  type FunctionObject,
  isRecord,
  type ProviderObject,
  propertiesOf,
} from "./serverless-api.ts";

/** Keys of a function for which Serverless adds statements to the shared role. */
const ROLE_KEYS = ["onError", "destinations", "fileSystemConfig", "kmsKeyArn", "vpc", "tracing", "durableConfig"];
/** Events for which Serverless adds statements to the shared role. */
const ROLE_EVENTS = ["sqs", "stream", "kafka", "msk", "activemq", "rabbitmq", "websocket", "cloudFront"];

/**
 * Whether a predictor gets its own role, for its logs and models only. It does not get one if the user names a role or adds
 * statements, or if Serverless adds statements to the shared role. Then the shared role gets the model permissions.
 */
export function hasOwnRole(fn: FunctionObject, provider: ProviderObject): boolean {
  const { role, iamRoleStatements, vpc, kmsKeyArn, tracing, iam } = provider;
  const ofProvider = [role, iamRoleStatements, vpc, kmsKeyArn, tracing?.lambda, iam?.role];
  const reasons = [...ofProvider, fn.role, ...ROLE_KEYS.map((key) => fn[key])];
  return reasons.every((value) => value === undefined) && !(fn.events ?? []).some(needsSharedRole);
}

function needsSharedRole(event: EventObject): boolean {
  // EventBridge Scheduler invokes the function with the function's own role (lib/plugins/aws/package/compile/events/schedule.js).
  if (isRecord(event.schedule) && event.schedule.method === "scheduler") return true;
  return ROLE_EVENTS.some((kind) => kind in event);
}

/** The statements of the shared role; `undefined` if Serverless does not create the role. */
export function sharedStatements(resources: Readonly<Record<string, unknown>>): unknown[] | undefined {
  const policies = propertiesOf(resources.IamRoleLambdaExecution)?.Policies;
  return (policies as { PolicyDocument: { Statement: unknown[] } }[] | undefined)?.[0]?.PolicyDocument.Statement;
}
