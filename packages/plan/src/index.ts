export {
  type Config,
  defineConfig,
  type Endpoint,
  type PredictorConfig,
  type SecretReference,
  type Settings,
  type StageConfig,
  type TargetName,
  type TargetsConfig,
} from "./config.ts";
export type { OutputFile } from "./output-file.ts";
export type { RenderServerlessOptions } from "./render/cloudformation/serverless/render-serverless.ts";
export {
  type Render,
  renderAzureMl,
  renderEcs,
  renderKubernetes,
  renderNginx,
  renderSageMaker,
  renderScripts,
  renderServerless,
  renderTerraform,
  renderVertex,
} from "./renderers.ts";
export { type Measurements, resolvePlan, stagesOf } from "./resolve/resolve-plan.ts";
export type { ResolvedEndpoint, ResolvedFunction, ResolvedPlan } from "./resolved-plan.ts";
export { checkPlan } from "./rules/index.ts";
export type { Finding, Severity } from "./rules/rule.ts";
