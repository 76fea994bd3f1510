import { type Manifest, manifest, type PodScope, selector } from "./manifest.ts";

/** The address for other pods or an ingress. A predictor without an endpoint has no service. */
export function service(scope: PodScope): Manifest[] {
  const { pod } = scope;
  if (pod.endpoint === undefined) return [];
  const grpc = { name: "grpc", port: pod.grpcPort, targetPort: "grpc", appProtocol: "kubernetes.io/h2c" };
  const ports = [
    { name: "http", port: 80, targetPort: "http", appProtocol: "http" },
    ...(pod.grpcPort === undefined ? [] : [grpc]),
  ];
  return [manifest("v1", "Service", scope, { spec: { selector: selector(pod), ports } })];
}
