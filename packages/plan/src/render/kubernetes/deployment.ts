import { needImage } from "../../facts/need-image.ts";
import { secretLocations } from "../../facts/secrets.ts";
import { IMAGE_USER, SERVER_PATHS, SERVER_PORT, STARTUP_PROBE } from "../../facts/server.ts";
import { containerEnvironment, type Stop } from "../../facts/server-environment.ts";
import type { ResolvedPod } from "../../resolved-plan.ts";
import { isScaled } from "./autoscaler.ts";
import { labels, type Manifest, type PodScope, selector, withMetadata } from "./manifest.ts";

/** Kubernetes takes a pod out of its endpoints while it stops it, so for a moment requests are still sent to it. */
const DRAIN_SECONDS = 5;
/** Kubernetes' own default of terminationGracePeriodSeconds. */
const LEAST_GRACE_SECONDS = 30;

/** No request in flight is cut: it may begin at the end of the drain, and take its whole time. */
function stopOf({ timeoutSeconds }: ResolvedPod): Stop & { readonly drainSeconds: number } {
  const graceSeconds = Math.max(LEAST_GRACE_SECONDS, DRAIN_SECONDS + timeoutSeconds + 1);
  return { graceSeconds, drainSeconds: DRAIN_SECONDS };
}

export function deployment(scope: PodScope): Manifest {
  const { pod } = scope;
  const spec = {
    // With an autoscaler the number is its own, and a new version must not set it back.
    replicas: isScaled(pod) ? undefined : pod.instances.min,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: selector(pod) },
    template: { metadata: { labels: labels(scope), annotations: scraped() }, spec: podSpec(pod) },
  };
  return { document: withMetadata("apps/v1", "Deployment", scope, { spec }) };
}

/** The annotations that Prometheus' usual configuration for Kubernetes looks for. */
function scraped(): Readonly<Record<string, string>> {
  return {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": `${SERVER_PORT}`,
    "prometheus.io/path": SERVER_PATHS.metrics,
  };
}

const ARCHITECTURES = { x64: "amd64", arm64: "arm64" } as const;

function podSpec(pod: ResolvedPod): object {
  return {
    serviceAccountName: pod.name,
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: stopOf(pod).graceSeconds,
    nodeSelector: { "kubernetes.io/arch": ARCHITECTURES[pod.architecture], "kubernetes.io/os": "linux" },
    // kubernetes.io/docs/concepts/security/pod-security-standards, "Restricted".
    securityContext: {
      runAsNonRoot: true,
      runAsUser: IMAGE_USER,
      runAsGroup: IMAGE_USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
      maxSkew: 1,
      topologyKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: selector(pod) },
    })),
    containers: [container(pod)],
    volumes: [{ name: "scratch", emptyDir: { sizeLimit: `${pod.scratchMb}Mi` } }],
  };
}

function container(pod: ResolvedPod): object {
  // The server counts the CPUs of its limit, not those of the node, and makes as many workers.
  const size = { cpu: `${pod.cpu}`, memory: `${pod.memoryMb}Mi` };
  const grpc = pod.grpcPort === undefined ? [] : [{ name: "grpc", containerPort: pod.grpcPort }];
  return {
    name: "server",
    image: needImage(pod),
    ports: [{ name: "http", containerPort: SERVER_PORT }, ...grpc],
    env: variables(pod),
    resources: { requests: size, limits: size },
    startupProbe: startup(),
    readinessProbe: { ...probe(SERVER_PATHS.ready), periodSeconds: 2, failureThreshold: 2 },
    livenessProbe: { ...probe(SERVER_PATHS.live), periodSeconds: 10, failureThreshold: 3 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "scratch", mountPath: "/tmp" }],
  };
}

function startup(): object {
  const { path, periodSeconds, failureThreshold } = STARTUP_PROBE;
  return { ...probe(path), periodSeconds, failureThreshold };
}

function probe(path: string): object {
  return { httpGet: { path, port: "http" }, timeoutSeconds: STARTUP_PROBE.timeoutSeconds };
}

function variables(pod: ResolvedPod): readonly object[] {
  const plain = Object.entries(containerEnvironment(pod, stopOf(pod))).map(([name, value]) => ({
    name,
    value: literal(value),
  }));
  const secret = secretLocations(pod).map(({ variable, address }) => {
    const [name, key] = address.split("/");
    return { name: variable, valueFrom: { secretKeyRef: { name, key } } };
  });
  return [...plain, ...secret];
}

/** Kubernetes fills `$(NAME)` in, and reads `$$` as `$` (kubernetes.io/docs/reference, EnvVar). */
function literal(value: string): string {
  return value.replace(/\$(?=\()|\$\$+/g, (dollars) => dollars.repeat(2));
}
