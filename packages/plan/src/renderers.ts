import type { TargetsConfig } from "./config.ts";
import { renderEcs } from "./containers/aws/render-ecs.ts";
import { renderSageMaker } from "./containers/aws/render-sagemaker.ts";
import { renderAzureMl } from "./containers/azure-ml/render-azure-ml.ts";
import { renderKubernetes } from "./containers/kubernetes/render-kubernetes.ts";
import { renderNginx } from "./containers/nginx/render-nginx.ts";
import { renderVertex } from "./containers/vertex/render-vertex.ts";
import type { OutputFile } from "./output-file.ts";
import type { ResolvedPlan } from "./resolved-plan.ts";
import { renderScripts } from "./scripts/render-scripts.ts";
import { renderServerless } from "./serverless/index.ts";
import { renderTerraform } from "./terraform/render-terraform.ts";

/** Turns plans into files: pure, so that the same plans give the same bytes. */
export interface Renderer {
  /** What `tricast render` calls it. */
  readonly name: string;
  /** One sentence, for the help. */
  readonly description: string;
  /** What it writes for: nothing, where a configuration has none of them. */
  readonly targets: readonly (keyof TargetsConfig)[];
  /** Of one plan per stage, the default stage first, for whichever targets they have. */
  render(plans: readonly ResolvedPlan[]): readonly OutputFile[];
}

/** Every renderer, in the order of the help. */
export const RENDERERS: readonly Renderer[] = [
  {
    name: "serverless",
    description: "serverless.yml for the Serverless Framework and serverless-tricast (AWS).",
    targets: ["aws"],
    render: (plans) => renderServerless(plans),
  },
  {
    name: "terraform",
    description: "A folder per target with Terraform modules, and a file of variables per stage.",
    targets: ["aws", "azure", "gcp"],
    render: (plans) => renderTerraform(...plans),
  },
  {
    name: "scripts",
    description: "Deploy scripts of each stage with az and gcloud.",
    targets: ["azure", "gcp"],
    render: (plans) => plans.flatMap(renderScripts),
  },
  {
    name: "kubernetes",
    description: "Manifests of each stage for kubectl: deployment, service, autoscaler, disruption budget.",
    targets: ["kubernetes"],
    render: (plans) => plans.flatMap(renderKubernetes),
  },
  {
    name: "ecs",
    description: "A CloudFormation template of each stage: Fargate services behind your load balancer (AWS).",
    targets: ["ecs"],
    render: (plans) => plans.flatMap(renderEcs),
  },
  {
    name: "sagemaker",
    description: "A CloudFormation template of each stage: real-time endpoints of SageMaker (AWS).",
    targets: ["sagemaker"],
    render: (plans) => plans.flatMap(renderSageMaker),
  },
  {
    name: "vertex",
    description: "A script of each stage that uploads models to Vertex AI and deploys them (Google).",
    targets: ["vertex"],
    render: (plans) => plans.flatMap(renderVertex),
  },
  {
    name: "azure-ml",
    description: "Endpoints and deployments of each stage as az ml reads them, and a script (Azure).",
    targets: ["azureMl"],
    render: (plans) => plans.flatMap(renderAzureMl),
  },
  {
    name: "nginx",
    description: "A site of each stage and predictor in front of servers that run already.",
    targets: ["nginx"],
    render: (plans) => plans.flatMap(renderNginx),
  },
];
