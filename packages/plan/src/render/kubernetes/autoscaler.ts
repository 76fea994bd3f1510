import { QUEUE_METRIC } from "../../facts/server.ts";
import type { ResolvedPod } from "../../resolved-plan.ts";
import { type Manifest, type PodScope, selector, withMetadata } from "./manifest.ts";

export function isScaled({ instances }: ResolvedPod): boolean {
  return instances.max > instances.min;
}

/** More pods where the CPU or the queue asks for them; nothing where their number is fixed. */
export function autoscaler(scope: PodScope): Manifest[] {
  const { pod } = scope;
  if (!isScaled(pod)) return [];
  const spec = {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: pod.name },
    minReplicas: pod.instances.min,
    maxReplicas: pod.instances.max,
    metrics: [cpu(pod), ...queue(pod)],
    // A pod that goes away takes its warm model with it: five minutes of less load, then half of the pods at the most.
    behavior: {
      scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Percent", value: 50, periodSeconds: 60 }] },
    },
  };
  const document = withMetadata("autoscaling/v2", "HorizontalPodAutoscaler", scope, { spec });
  return [pod.queueLength === undefined ? { document } : { document, comment: NEEDS_ADAPTER }];
}

const NEEDS_ADAPTER = `Needs an adapter that serves ${QUEUE_METRIC} of Prometheus; without one, pods are added by CPU and never removed.`;

function cpu({ instances }: ResolvedPod): object {
  const averageUtilization = Math.round(instances.targetUtilization * 100);
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

function queue({ queueLength }: ResolvedPod): readonly object[] {
  if (queueLength === undefined) return [];
  const target = { type: "AverageValue", averageValue: `${queueLength}` };
  return [{ type: "Pods", pods: { metric: { name: QUEUE_METRIC }, target } }];
}

/** When nodes are drained, pods go one at a time, and one that does not work holds nobody up. */
export function disruptionBudget(scope: PodScope): Manifest {
  const spec = {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: "AlwaysAllow",
    selector: { matchLabels: selector(scope.pod) },
  };
  return { document: withMetadata("policy/v1", "PodDisruptionBudget", scope, { spec }) };
}
