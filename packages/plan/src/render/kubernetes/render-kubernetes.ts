import type { OutputFile } from "../../output-file.ts";
import type { ResolvedPlan } from "../../resolved-plan.ts";
import { writeYaml } from "../../text/yaml.ts";
import { autoscaler, disruptionBudget } from "./autoscaler.ts";
import { deployment } from "./deployment.ts";
import { manifest } from "./manifest.ts";
import { service } from "./service.ts";

export function kubernetesFiles({ service: name, stage, kubernetes }: ResolvedPlan): OutputFile[] {
  if (kubernetes === undefined) return [];
  const { namespace, serviceAccountAnnotations: annotations, containers } = kubernetes;
  return containers.map((pod) => {
    const scope = { service: name, namespace, pod };
    const head = `# ${pod.predictor} of ${name}, stage ${stage}, on Kubernetes: kubectl apply -f this file.\n`;
    const documents = [
      // The pods do not call the API of Kubernetes, and an identity of a cloud does not need its token.
      manifest("v1", "ServiceAccount", scope, { automountServiceAccountToken: false }, { annotations }),
      ...service(scope),
      deployment(scope),
      ...autoscaler(scope),
      disruptionBudget(scope),
    ].map(({ comment, document }) => writeYaml(document, comment === undefined ? {} : { head: [comment] }));
    return { path: `kubernetes/${stage}/${pod.predictor}.yaml`, text: [head, ...documents].join("---\n") };
  });
}
