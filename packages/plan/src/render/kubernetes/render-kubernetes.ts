import type { OutputFile } from "../../output-file.ts";
import type { ResolvedKubernetes, ResolvedPlan, ResolvedPod } from "../../resolved-plan.ts";
import { writeYaml } from "../../text/yaml.ts";
import { autoscaler, disruptionBudget } from "./autoscaler.ts";
import { deployment } from "./deployment.ts";
import { type Manifest, type PodScope, withMetadata } from "./manifest.ts";
import { service } from "./service.ts";

export function kubernetesFiles(plan: ResolvedPlan): OutputFile[] {
  const { kubernetes } = plan;
  return (kubernetes?.containers ?? []).map((pod) => ({
    path: `kubernetes/${plan.stage}/${pod.predictor}.yaml`,
    text: [head(plan, pod), ...manifests(plan, kubernetes as ResolvedKubernetes, pod)].join("---\n"),
  }));
}

function head({ service, stage }: ResolvedPlan, { predictor }: ResolvedPod): string {
  return `# ${predictor} of ${service}, stage ${stage}, on Kubernetes: kubectl apply -f this file.\n`;
}

function manifests(plan: ResolvedPlan, target: ResolvedKubernetes, pod: ResolvedPod): string[] {
  const scope: PodScope = { service: plan.service, namespace: target.namespace, pod };
  return [
    identity(scope, target.serviceAccountAnnotations),
    ...service(scope),
    deployment(scope),
    ...autoscaler(scope),
    disruptionBudget(scope),
  ].map(({ comment, document }) => writeYaml(document, comment === undefined ? {} : { head: [comment] }));
}

/** The pods speak to no cluster; an identity of a cloud needs no token of one either. */
function identity(scope: PodScope, annotations: ResolvedKubernetes["serviceAccountAnnotations"]): Manifest {
  const document = withMetadata("v1", "ServiceAccount", scope, { automountServiceAccountToken: false }, annotations);
  return { document };
}
