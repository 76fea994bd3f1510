type Environment = Readonly<Record<string, string | undefined>>;

/** Who starts and stops the process, which decides how long it may take for either. */
export type Hosting = "sagemaker" | "vertex" | "azure-ml" | "cloud-run" | "kubernetes" | "plain";

/** By variables that each platform sets itself (its container contract), the most particular first. */
export function hostingOf(env: Environment): Hosting {
  if (Object.keys(env).some((name) => name.startsWith("SAGEMAKER_"))) return "sagemaker";
  if (env.AIP_MODE !== undefined || env.AIP_HTTP_PORT !== undefined) return "vertex";
  if (env.AZUREML_MODEL_DIR !== undefined) return "azure-ml";
  // Cloud Run's container contract.
  if (env.K_SERVICE !== undefined) return "cloud-run";
  return env.KUBERNETES_SERVICE_HOST === undefined ? "plain" : "kubernetes";
}

/** What is kept of a platform's grace for the exit itself. */
const EXIT_MS = 1_000;

/**
 * From SIGTERM to SIGKILL: 30 s on SageMaker (your-algorithms-inference-code) and by default on Kubernetes
 * (terminationGracePeriodSeconds) and Amazon ECS (stopTimeout); 10 s on Cloud Run (container contract).
 */
export function graceMs(hosting: Hosting): number {
  return (hosting === "cloud-run" ? 10_000 : 30_000) - EXIT_MS;
}

/**
 * When the platform has given up on a request: SageMaker and a shared Vertex AI endpoint after 60 s, Azure ML after its
 * `request_timeout_ms` (180 s at most; a model's own is not told), Cloud Run after 300 s unless it is set otherwise.
 */
export function requestTimeoutMs(hosting: Hosting): number {
  if (hosting === "cloud-run") return 300_000;
  return hosting === "azure-ml" ? 180_000 : 60_000;
}
