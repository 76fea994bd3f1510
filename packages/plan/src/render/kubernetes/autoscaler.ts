import { QUEUE_METRIC } from "../../facts/server.ts";
import type { ResolvedPod } from "../../resolved-plan.ts";
import { type Manifest, manifest, type PodScope, selector } from "./manifest.ts";

export function isScaled({ instances }: ResolvedPod): boolean {
  return instances.max > instances.min;
}

/** Scales pods by CPU and queue. A fixed number of pods has no autoscaler. */
export function autoscaler(scope: PodScope): Manifest[] {
  const { pod } = scope;
  if (!isScaled(pod)) return [];
  const spec = {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: pod.name },
    minReplicas: pod.instances.min,
    maxReplicas: pod.instances.max,
    metrics: [cpu(pod), ...queue(pod)],
    // A pod that stops loses its warm model: wait for five minutes of less load, then stop at most half of the pods.
    behavior: {
      scaleDown: { stabilizationWindowSeconds: 300, policies: [{ type: "Percent", value: 50, periodSeconds: 60 }] },
    },
  };
  const comment = pod.queueLength === undefined ? undefined : NEEDS_ADAPTER;
  return [manifest("autoscaling/v2", "HorizontalPodAutoscaler", scope, { spec }, { comment })];
}

const NEEDS_ADAPTER = `Needs an adapter that serves the Prometheus metric ${QUEUE_METRIC}. Without it, the CPU adds pods, and they are never removed.`;

function cpu({ instances }: ResolvedPod): object {
  const averageUtilization = Math.round(instances.targetUtilization * 100);
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

function queue({ queueLength }: ResolvedPod): readonly object[] {
  if (queueLength === undefined) return [];
  const target = { type: "AverageValue", averageValue: `${queueLength}` };
  return [{ type: "Pods", pods: { metric: { name: QUEUE_METRIC }, target } }];
}

/** When nodes are drained, pods stop one at a time. A pod that is not ready does not block the drain. */
export function disruptionBudget(scope: PodScope): Manifest {
  const spec = {
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: "AlwaysAllow",
    selector: { matchLabels: selector(scope.pod) },
  };
  return manifest("policy/v1", "PodDisruptionBudget", scope, { spec });
}
