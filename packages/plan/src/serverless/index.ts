export type { Gateways } from "./alarms.ts";
export { awsCron } from "./aws-cron.ts";
export { type AwsResourceOptions, awsResources } from "./aws-resources.ts";
export type { CloudFormationResource, Resources } from "./cloudformation.ts";
export { endpointEvents, type RouteEvent } from "./endpoint-events.ts";
export { type FunctionIds, functionIds } from "./function-ids.ts";
export { type RenderServerlessOptions, renderServerless } from "./render-serverless.ts";
export { modelStatements, type Statement } from "./role.ts";
