import { type Manifest, type PodScope, selector, withMetadata } from "./manifest.ts";

/** Where other pods, or an ingress, find it; none where nobody shall. */
export function service(scope: PodScope): Manifest[] {
  const { pod } = scope;
  if (pod.endpoint === undefined) return [];
  const grpc = { name: "grpc", port: pod.grpcPort, targetPort: "grpc", appProtocol: "kubernetes.io/h2c" };
  const ports = [
    { name: "http", port: 80, targetPort: "http", appProtocol: "http" },
    ...(pod.grpcPort === undefined ? [] : [grpc]),
  ];
  return [{ document: withMetadata("v1", "Service", scope, { spec: { selector: selector(pod), ports } }) }];
}
