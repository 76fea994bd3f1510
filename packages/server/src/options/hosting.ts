type Environment = Readonly<Record<string, string | undefined>>;

/** The platform that starts and stops the process. Its timeouts are the defaults. */
export type Hosting = "sagemaker" | "vertex" | "azure-ml" | "cloud-run" | "kubernetes" | "plain";

/** By variables that each platform sets (its container contract), the most specific first. */
export function hostingOf(env: Environment): Hosting {
  if (Object.keys(env).some((name) => name.startsWith("SAGEMAKER_"))) return "sagemaker";
  if (env.AIP_MODE !== undefined || env.AIP_HTTP_PORT !== undefined) return "vertex";
  if (env.AZUREML_MODEL_DIR !== undefined) return "azure-ml";
  if (env.K_SERVICE !== undefined) return "cloud-run";
  return env.KUBERNETES_SERVICE_HOST === undefined ? "plain" : "kubernetes";
}

/** The exit itself takes part of the platform's grace period. */
const EXIT_MS = 1_000;

/**
 * The time from SIGTERM to SIGKILL: 30 s on SageMaker (your-algorithms-inference-code) and by default on Kubernetes
 * (terminationGracePeriodSeconds) and Amazon ECS (stopTimeout); 10 s on Cloud Run (container contract).
 */
export function graceMs(hosting: Hosting): number {
  return (hosting === "cloud-run" ? 10_000 : 30_000) - EXIT_MS;
}

/**
 * The platform's timeout of a request: 60 s on SageMaker and on a shared Vertex AI endpoint; `request_timeout_ms` on Azure
 * ML (at most 180 s; the container cannot read it); 300 s on Cloud Run unless it is set.
 */
export function requestTimeoutMs(hosting: Hosting): number {
  if (hosting === "cloud-run") return 300_000;
  return hosting === "azure-ml" ? 180_000 : 60_000;
}
