import { renderKubernetes } from "./containers/kubernetes/render-kubernetes.ts";
import { renderNginx } from "./containers/nginx/render-nginx.ts";
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
  /** Of one plan per stage, the default stage first, for whichever targets they have. */
  render(plans: readonly ResolvedPlan[]): readonly OutputFile[];
}

/** Every renderer, in the order of the help. */
export const RENDERERS: readonly Renderer[] = [
  {
    name: "serverless",
    description: "serverless.yml for the Serverless Framework and serverless-tricast (AWS).",
    render: (plans) => renderServerless(plans),
  },
  {
    name: "terraform",
    description: "A folder per target with Terraform modules, and a file of variables per stage.",
    render: (plans) => renderTerraform(...plans),
  },
  {
    name: "scripts",
    description: "Deploy scripts of each stage with az and gcloud.",
    render: (plans) => plans.flatMap(renderScripts),
  },
  {
    name: "kubernetes",
    description: "Manifests of each stage for kubectl: deployment, service, autoscaler, disruption budget.",
    render: (plans) => plans.flatMap(renderKubernetes),
  },
  {
    name: "nginx",
    description: "A site of each stage and predictor in front of servers that run already.",
    render: (plans) => plans.flatMap(renderNginx),
  },
];
