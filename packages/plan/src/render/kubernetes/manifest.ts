import type { ResolvedPod } from "../../resolved-plan.ts";

/** One document of a file. */
export interface Manifest {
  readonly document: Readonly<Record<string, unknown>>;
  /** For the person who applies it. */
  readonly comment?: string | undefined;
}

/** A pod, with the values that its manifests share. */
export interface PodScope {
  readonly service: string;
  readonly namespace: string | undefined;
  readonly pod: ResolvedPod;
}

type Texts = Readonly<Record<string, string>>;

/** A document with the name, labels and annotations of the predictor. */
export function manifest(
  apiVersion: string,
  kind: string,
  scope: PodScope,
  members: Readonly<Record<string, unknown>>,
  { annotations, comment }: { readonly annotations?: Texts; readonly comment?: string | undefined } = {},
): Manifest {
  const all = { ...scope.pod.tags, ...annotations };
  const metadata = {
    name: scope.pod.name,
    namespace: scope.namespace,
    labels: labels(scope),
    annotations: Object.keys(all).length === 0 ? undefined : all,
  };
  return { document: { apiVersion, kind, metadata, ...members }, comment };
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

/** Selects the pods of one predictor and stage. Kubernetes does not allow a change of it. */
export function selector({ name }: ResolvedPod): Texts {
  return { "app.kubernetes.io/instance": name };
}
