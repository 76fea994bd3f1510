import { type Manifest, type PodPlace, selector, withMetadata } from "./manifest.ts";

/** Where other pods, or an ingress, find it; none where nobody shall. */
export function service(place: PodPlace): Manifest[] {
  const { pod } = place;
  if (pod.endpoint === undefined) return [];
  const grpc = { name: "grpc", port: pod.grpcPort, targetPort: "grpc", appProtocol: "kubernetes.io/h2c" };
  const ports = [
    { name: "http", port: 80, targetPort: "http", appProtocol: "http" },
    ...(pod.grpcPort === undefined ? [] : [grpc]),
  ];
  return [{ document: withMetadata("v1", "Service", place, { spec: { selector: selector(pod), ports } }) }];
}
