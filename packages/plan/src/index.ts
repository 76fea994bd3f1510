export type * from "./config.ts";
export { defineConfig } from "./config.ts";
export { renderEcs } from "./containers/aws/render-ecs.ts";
export { renderSageMaker } from "./containers/aws/render-sagemaker.ts";
export { renderAzureMl } from "./containers/azure-ml/render-azure-ml.ts";
export { renderKubernetes } from "./containers/kubernetes/render-kubernetes.ts";
export { renderNginx } from "./containers/nginx/render-nginx.ts";
export { renderVertex } from "./containers/vertex/render-vertex.ts";
export { diffPlans, type PlanChange } from "./diff/diff-plans.ts";
export type { OutputFile } from "./output-file.ts";
export { RENDERERS, type Renderer } from "./renderers.ts";
export { isProduction } from "./resolve/defaults.ts";
export { cutName, functionName, modelVariable } from "./resolve/names.ts";
export { onlyOn } from "./resolve/only-on.ts";
export { findProblems, parseConfig } from "./resolve/parse-config.ts";
export { type Facts, resolvePlan, stagesOf } from "./resolve/resolve-plan.ts";
export type { Problem } from "./resolve/shape.ts";
export type * from "./resolved-plan.ts";
export { checkPlan, isError } from "./rules/check-plan.ts";
export { RULE_GROUPS, RULES, type RuleGroup } from "./rules/index.ts";
export { containerTargetsOf, type Finding, type Rule, type Severity, targetsOf } from "./rules/rule.ts";
export { renderScripts } from "./scripts/render-scripts.ts";
export {
  type AwsResourceOptions,
  awsCron,
  awsResources,
  type CloudFormationResource,
  endpointEvents,
  type FunctionIds,
  functionIds,
  type Gateways,
  modelStatements,
  type RenderServerlessOptions,
  type Resources,
  type RouteEvent,
  renderServerless,
  type Statement,
} from "./serverless/index.ts";
export { renderTerraform } from "./terraform/render-terraform.ts";
