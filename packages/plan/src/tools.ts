/** For programs that read and deploy plans: the command line and the plugin for Serverless. */

export type * from "./config.ts";
export { diffPlans, type PlanChange } from "./diff-plans.ts";
export { DEFAULTS, isProduction, RUNTIMES } from "./facts/defaults.ts";
export { functionDescription, modelVariable } from "./facts/names.ts";
export { METHODS, sharedCors } from "./facts/routes.ts";
export { containerTargetsOf, onlyOn, targetsOf } from "./facts/targets.ts";
export { type FunctionIds, functionIds } from "./render/cloudformation/function-ids.ts";
export type { Gateways } from "./render/cloudformation/lambda/alarms.ts";
export { type AwsResourceOptions, awsResources } from "./render/cloudformation/lambda/aws-resources.ts";
export { modelStatements } from "./render/cloudformation/lambda/role.ts";
export { endpointEvents } from "./render/cloudformation/serverless/endpoint-events.ts";
export { tagList } from "./render/cloudformation/template.ts";
export { RENDERERS, type Renderer, type RendererName } from "./renderers.ts";
export { findProblems, parseConfig } from "./resolve/parse-config.ts";
export type * from "./resolved-plan.ts";
export { isError, RULE_GROUPS, RULES } from "./rules/index.ts";
export type { Rule } from "./rules/rule.ts";
