import { containerEnvironment, needImage, type Stop } from "../../facts/container.ts";
import { secretLocations } from "../../facts/secrets.ts";
import { IMAGE_USER, SERVER_PATHS, SERVER_PORT, STARTUP_PROBE } from "../../facts/server.ts";
import type { ResolvedPod } from "../../resolved-plan.ts";
import { isScaled } from "./autoscaler.ts";
import { labels, type Manifest, manifest, type PodScope, selector } from "./manifest.ts";

/** Kubernetes stops a pod and removes it from its endpoints at the same time, so requests still arrive for a moment. */
const DRAIN_SECONDS = 5;
/** Kubernetes' own default of terminationGracePeriodSeconds. */
const LEAST_GRACE_SECONDS = 30;

/** Long enough for every request: one can begin at the end of the drain, and take its whole timeout. */
function stopOf({ timeoutSeconds }: ResolvedPod): Stop {
  return {
    graceSeconds: Math.max(LEAST_GRACE_SECONDS, DRAIN_SECONDS + timeoutSeconds + 1),
    drainSeconds: DRAIN_SECONDS,
  };
}

/** The annotations in the usual configuration of Prometheus for Kubernetes. */
const SCRAPED = {
  "prometheus.io/scrape": "true",
  "prometheus.io/port": `${SERVER_PORT}`,
  "prometheus.io/path": SERVER_PATHS.metrics,
};

export function deployment(scope: PodScope): Manifest {
  const { pod } = scope;
  const spec = {
    // The autoscaler sets the number of pods. A new version must not reset it.
    replicas: isScaled(pod) ? undefined : pod.instances.min,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: selector(pod) },
    template: { metadata: { labels: labels(scope), annotations: SCRAPED }, spec: podSpec(pod) },
  };
  return manifest("apps/v1", "Deployment", scope, { spec });
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
  // The server starts one worker for each CPU of its limit, not of the node.
  const size = { cpu: `${pod.cpu}`, memory: `${pod.memoryMb}Mi` };
  const grpc = pod.grpcPort === undefined ? [] : [{ name: "grpc", containerPort: pod.grpcPort }];
  const { periodSeconds, failureThreshold } = STARTUP_PROBE;
  return {
    name: "server",
    image: needImage(pod),
    ports: [{ name: "http", containerPort: SERVER_PORT }, ...grpc],
    env: variables(pod),
    resources: { requests: size, limits: size },
    startupProbe: probe(STARTUP_PROBE.path, periodSeconds, failureThreshold),
    readinessProbe: probe(SERVER_PATHS.ready, 2, 2),
    livenessProbe: probe(SERVER_PATHS.live, 10, 3),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "scratch", mountPath: "/tmp" }],
  };
}

function probe(path: string, periodSeconds: number, failureThreshold: number): object {
  const { timeoutSeconds } = STARTUP_PROBE;
  return { httpGet: { path, port: "http" }, timeoutSeconds, periodSeconds, failureThreshold };
}

function variables(pod: ResolvedPod): readonly object[] {
  const plain = Object.entries(containerEnvironment(pod, stopOf(pod)));
  const secret = secretLocations(pod).map(({ variable, address }) => {
    const [name, key] = address.split("/");
    return { name: variable, valueFrom: { secretKeyRef: { name, key } } };
  });
  return [...plain.map(([name, value]) => ({ name, value: literal(value) })), ...secret];
}

/** Kubernetes replaces `$(NAME)`, and reads `$$` as `$` (kubernetes.io/docs/reference, EnvVar). */
function literal(value: string): string {
  return value.replace(/\$(?=\()|\$\$+/g, (dollars) => dollars.repeat(2));
}
