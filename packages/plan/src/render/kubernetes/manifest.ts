import type { ResolvedPod } from "../../resolved-plan.ts";

/** One document of a file. */
export interface Manifest {
  readonly document: Readonly<Record<string, unknown>>;
  /** What whoever applies it has to know. */
  readonly comment?: string;
}

/** A pod and what its manifests have in common. */
export interface PodScope {
  readonly service: string;
  readonly namespace: string | undefined;
  readonly pod: ResolvedPod;
}

type Texts = Readonly<Record<string, string>>;

/** A document with the name that all of a predictor's share. */
export function withMetadata(
  apiVersion: string,
  kind: string,
  scope: PodScope,
  members: Readonly<Record<string, unknown>>,
  annotations: Texts = {},
): Readonly<Record<string, unknown>> {
  const all = { ...scope.pod.tags, ...annotations };
  const metadata = {
    name: scope.pod.name,
    namespace: scope.namespace,
    labels: labels(scope),
    annotations: Object.keys(all).length === 0 ? undefined : all,
  };
  return { apiVersion, kind, metadata, ...members };
}

/** kubernetes.io/docs/concepts/overview/working-with-objects/common-labels. */
export function labels({ service, pod }: PodScope): Texts {
  return {
    "app.kubernetes.io/name": pod.predictor,
    ...selector(pod),
    "app.kubernetes.io/part-of": service,
    "app.kubernetes.io/managed-by": "tricast",
  };
}

/** What tells the pods of one predictor and stage from all others; it can never change. */
export function selector({ name }: ResolvedPod): Texts {
  return { "app.kubernetes.io/instance": name };
}
