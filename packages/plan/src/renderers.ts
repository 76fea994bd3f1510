import type { TargetsConfig } from "./config.ts";
import type { OutputFile } from "./output-file.ts";
import { ecsFiles } from "./render/cloudformation/ecs/render-ecs.ts";
import { sageMakerFiles } from "./render/cloudformation/sagemaker/render-sagemaker.ts";
import { type RenderServerlessOptions, serverlessFiles } from "./render/cloudformation/serverless/render-serverless.ts";
import { kubernetesFiles } from "./render/kubernetes/render-kubernetes.ts";
import { nginxFiles } from "./render/nginx/render-nginx.ts";
import { azureMlFiles } from "./render/shell/azure-ml/render-azure-ml.ts";
import { scriptFiles } from "./render/shell/render-scripts.ts";
import { vertexFiles } from "./render/shell/render-vertex.ts";
import { terraformFiles } from "./render/terraform/render-terraform.ts";
import type { ResolvedPlan } from "./resolved-plan.ts";
import { refuseUnprotected } from "./rules/refuse-unprotected.ts";

/**
 * Turns one plan per stage into files, the default stage first. Pure: the same plans give the same bytes, and plans
 * without the renderer's targets give no files.
 * @throws {TricastError} `invalid-option` for an endpoint that would be more open than the plan asks, and for a setting that
 * the target cannot express, such as a container without an image or a secret in another cloud's store.
 */
export type Render<Options = never> = (plans: readonly ResolvedPlan[], options?: Options) => readonly OutputFile[];

export interface Renderer<Options = never> {
  /** One sentence, for the help. */
  readonly description: string;
  /** Targets of its files. */
  readonly targets: readonly (keyof TargetsConfig)[];
  readonly render: Render<Options>;
}

/** Every renderer by the name that `tricast render` takes, in the order of the help. */
export const RENDERERS = {
  serverless: renderer(
    "serverless.yml for the Serverless Framework and serverless-tricast (AWS).",
    ["aws"],
    serverlessFiles,
  ),
  terraform: renderer(
    "A folder per target with Terraform modules, and a file of variables per stage.",
    ["aws", "azure", "gcp"],
    terraformFiles,
  ),
  scripts: renderer("Deploy scripts of each stage with az and gcloud.", ["azure", "gcp"], ofEach(scriptFiles)),
  kubernetes: renderer(
    "Manifests of each stage for kubectl: deployment, service, autoscaler, disruption budget.",
    ["kubernetes"],
    ofEach(kubernetesFiles),
  ),
  ecs: renderer(
    "A CloudFormation template of each stage: Fargate services behind your load balancer (AWS).",
    ["ecs"],
    ofEach(ecsFiles),
  ),
  sagemaker: renderer(
    "A CloudFormation template of each stage: real-time endpoints of SageMaker (AWS).",
    ["sagemaker"],
    ofEach(sageMakerFiles),
  ),
  vertex: renderer(
    "A script of each stage that uploads models to Vertex AI and deploys them (Google).",
    ["vertex"],
    ofEach(vertexFiles),
  ),
  "azure-ml": renderer(
    "Files of each stage for az ml: endpoints and deployments, and a script (Azure).",
    ["azureMl"],
    ofEach(azureMlFiles),
  ),
  nginx: renderer("A site of each stage and predictor in front of existing servers.", ["nginx"], ofEach(nginxFiles)),
} as const;

export type RendererName = keyof typeof RENDERERS;

/**
 * `serverless.yml` for the AWS part of a configuration. Values that differ between stages become `params`. Settings that
 * Serverless has are under its own keys, and the other settings under `tricast:`. Also refuses plans of several services, or
 * with different predictors in the stages.
 */
export const renderServerless: Render<RenderServerlessOptions> = RENDERERS.serverless.render;
/**
 * One folder `terraform/<target>` per target: `main.tf` is for all stages, `<stage>.tfvars` has the values of one stage.
 * Pass the plans of all stages together: sections that no stage uses are omitted.
 */
export const renderTerraform: Render = RENDERERS.terraform.render;
/**
 * Scripts `scripts/<stage>/deploy-<cloud>.sh` for `az` and `gcloud`: a first deployment, without alarms. For AWS, use
 * {@link renderServerless} or {@link renderTerraform}.
 */
export const renderScripts: Render = RENDERERS.scripts.render;
/** One file `kubernetes/<stage>/<predictor>.yaml` for each predictor, for `kubectl apply -f`. */
export const renderKubernetes: Render = RENDERERS.kubernetes.render;
/** One CloudFormation template `ecs/<stage>.yaml` for each stage: Fargate services behind an existing listener. */
export const renderEcs: Render = RENDERERS.ecs.render;
/** One CloudFormation template `sagemaker/<stage>.yaml` for each stage, with a real-time endpoint for each predictor. */
export const renderSageMaker: Render = RENDERERS.sagemaker.render;
/**
 * A script `vertex/<stage>/deploy.sh` that uploads each predictor's model and deploys it to an endpoint. Google's provider
 * for Terraform has endpoints, but no resource that uploads or deploys a model.
 */
export const renderVertex: Render = RENDERERS.vertex.render;
/** A folder `azure-ml/<stage>`: two files for `az ml` for each predictor, and a script that deploys them. */
export const renderAzureMl: Render = RENDERERS["azure-ml"].render;
/** One site `nginx/<stage>/<predictor>.conf` for each predictor, for a folder that nginx includes in `http`. */
export const renderNginx: Render = RENDERERS.nginx.render;

/** Checks the rules of authentication before it renders, so that a caller cannot skip them. */
function renderer<Options>(
  description: string,
  targets: readonly (keyof TargetsConfig)[],
  files: Render<Options>,
): Renderer<Options> {
  return {
    description,
    targets,
    render: (plans, options) => {
      refuseUnprotected(plans, ...targets);
      return files(plans, options);
    },
  };
}

function ofEach(files: (plan: ResolvedPlan) => readonly OutputFile[]): Render {
  return (plans) => plans.flatMap(files);
}
