import type { Config, Settings } from "@tricast/plan";
import type { AwsTarget, AzureTarget, GcpTarget, Measured } from "@tricast/plan/tools";

export interface BadConfig {
  /** The one rule that has to find it. */
  readonly rule: string;
  readonly config: Config;
  readonly stage?: string;
  /** Of the predictor `iris`, on its only target. */
  readonly measured?: Partial<Measured>;
}

const base = { service: "flowers", predictors: { iris: {} } };

function aws(settings: Partial<AwsTarget>): Config {
  return { ...base, targets: { aws: { region: "eu-central-1", ...settings } } };
}

function azure(settings: Partial<AzureTarget>): Config {
  return { ...base, targets: { azure: { location: "westeurope", ...settings } } };
}

function gcp(settings: Partial<GcpTarget>): Config {
  return { ...base, targets: { gcp: { project: "flowers-123", region: "europe-west3", ...settings } } };
}

function on(
  targets: Config["targets"],
  settings: Settings = {},
  predictors: Config["predictors"] = base.predictors,
): Config {
  return { ...base, predictors, settings: { image: "registry.example.com/iris:1", ...settings }, targets };
}

const ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/flowers/iris";
const MACHINES = {
  sagemaker: { instanceType: "ml.c6i.xlarge", image: `${ECR}:1` },
  vertex: { instanceType: "n2-standard-4", project: "flowers-123", region: "europe-west3" },
  azureMl: { instanceType: "Standard_F4s_v2", resourceGroup: "flowers", workspace: "flowers" },
};
const DOMAIN = { domain: "models.example.com" };
const ISSUER = { issuer: "https://issuer.example.com", audience: ["flowers"] };
const KEYS_URL = { TRICAST_JWKS_URL: "https://issuer.example.com/keys" };
const NIGHTLY = { schedule: [window("0 7 * * *"), { name: "night", at: "0 20 * * *", min: 1, max: 4 }] };

function window(at: string, more: object = {}) {
  return { name: "day", at, min: 2, ...more };
}

const NIGHT = { name: "night", at: "0 20 * * *", min: 0 };
const STORED: Settings = { model: "s3://flowers/models/iris" };
const MB = 1_000_000;

function artefact(unzippedBytes: number, bytes = unzippedBytes / 3, kind = "function"): Partial<Measured> {
  return { artefacts: [{ kind, file: `${kind}.zip`, bytes, unzippedBytes }] };
}

/** What people write and the cloud would refuse, or make them regret. */
export const BAD_CONFIGS: readonly BadConfig[] = [
  // Size of an instance
  { rule: "aws-memory-range", config: aws({ memoryMb: 12_288 }) },
  { rule: "aws-memory-range", config: aws({ memoryMb: 64 }) },
  { rule: "aws-timeout-range", config: aws({ timeoutSeconds: 1800, endpoint: false }) },
  { rule: "aws-timeout-range", config: aws({ timeoutSeconds: 901, endpoint: { kind: "function-url" } }) },
  { rule: "aws-scratch-range", config: aws({ scratchMb: 20_480 }) },
  { rule: "aws-concurrency-one", config: aws({ concurrency: 16 }) },
  { rule: "azure-memory-size", config: azure({ memoryMb: 1024 }) },
  { rule: "azure-scratch-fixed", config: azure({ scratchMb: 2048 }) },
  { rule: "azure-concurrency-range", config: azure({ concurrency: 2000 }) },
  { rule: "azure-max-instances-range", config: azure({ maxInstances: 5000 }) },
  { rule: "gcp-memory-range", config: gcp({ memoryMb: 65_536, cpu: 8 }) },
  { rule: "gcp-cpu-steps", config: gcp({ cpu: 3, memoryMb: 4096 }) },
  { rule: "gcp-cpu-for-memory", config: gcp({ memoryMb: 8192 }) },
  { rule: "gcp-memory-for-cpu", config: gcp({ cpu: 4, memoryMb: 1024 }) },
  { rule: "gcp-concurrency-needs-cpu", config: gcp({ cpu: 0.5, memoryMb: 512, concurrency: 8 }) },
  { rule: "gcp-concurrency-range", config: gcp({ concurrency: 1500 }) },
  { rule: "gcp-timeout-range", config: gcp({ timeoutSeconds: 7200 }) },
  { rule: "x64-only", config: gcp({ architecture: "arm64" }) },
  { rule: "x64-only", config: azure({ architecture: "arm64" }) },

  // Instances kept warm
  { rule: "provisioned-on-latest", config: aws({ alias: "$LATEST", warmInstances: 2 }) },
  { rule: "ping-on-latest", config: aws({ alias: "$LATEST", ping: { concurrency: 3 } }) },
  { rule: "alias-name", config: aws({ alias: "42" }) },
  { rule: "alias-name", config: aws({ alias: "$LATEST" }) },
  { rule: "snap-start", config: aws({ snapStart: true }) },
  {
    rule: "concurrency-quota",
    config: { ...aws({ maxInstances: 500 }), predictors: { iris: {}, digits: {} } },
  },
  { rule: "provisioned-above-reserved", config: aws({ maxInstances: 5, warmInstances: 10 }) },
  {
    rule: "provisioned-above-reserved",
    config: aws({ maxInstances: 5, warmInstances: { min: 1, schedule: [window("0 8 * * *", { min: 8 }), NIGHT] } }),
  },
  { rule: "warm-above-max", config: gcp({ maxInstances: 2, warmInstances: 3 }) },
  { rule: "warm-bounds", config: aws({ warmInstances: { min: 5, max: 2 } }) },
  { rule: "warm-bounds", config: aws({ warmInstances: { schedule: [window("0 8 * * *", { max: 1 }), NIGHT] } }) },
  { rule: "target-utilization-range", config: aws({ warmInstances: { min: 1, max: 5, targetUtilization: 0.95 } }) },
  { rule: "warm-scaling-aws-only", config: gcp({ warmInstances: { min: 1, max: 5 } }) },
  { rule: "warm-scaling-aws-only", config: azure({ warmInstances: { schedule: [window("0 8 * * *"), NIGHT] } }) },
  { rule: "window-cron", config: aws({ warmInstances: { schedule: [window("0 0 8 * * 1-5"), NIGHT] } }) },
  { rule: "window-cron", config: aws({ warmInstances: { schedule: [window("0 25 * * *"), NIGHT] } }) },
  { rule: "window-cron", config: aws({ warmInstances: { schedule: [window("rate(5 minutes)"), NIGHT] } }) },
  { rule: "window-two-days", config: aws({ warmInstances: { schedule: [window("0 8 1 * 1"), NIGHT] } }) },
  {
    rule: "window-time-zone",
    config: aws({ warmInstances: { schedule: [window("0 8 * * *", { timeZone: "Berlin" }), NIGHT] } }),
  },
  {
    rule: "window-name-repeats",
    config: aws({ warmInstances: { schedule: [window("0 8 * * *"), window("0 20 * * *")] } }),
  },
  { rule: "window-without-end", config: aws({ warmInstances: { schedule: [window("0 8 * * 1-5")] } }) },
  { rule: "ping-beside-warm", config: aws({ warmInstances: 2, ping: {} }) },
  { rule: "ping-above-max", config: aws({ maxInstances: 5, ping: { concurrency: 10 } }) },
  { rule: "ping-fan-out-aws-only", config: azure({ ping: { concurrency: 5 } }) },
  { rule: "ping-uneven", config: azure({ ping: { every: "7 minutes" } }) },
  { rule: "ping-uneven", config: gcp({ ping: { every: "9 minutes" }, endpoint: { auth: "iam" } }) },
  { rule: "ping-without-secret", config: gcp({ ping: {} }) },
  { rule: "ping-idle-limit", config: gcp({ ping: { every: "1 hour" }, endpoint: { auth: "iam" } }) },
  { rule: "warmup-on-consumption", config: azure({ plan: "consumption", warmInstances: 1 }) },
  { rule: "warmup-on-consumption", config: azure({ plan: "consumption", ping: {} }) },
  { rule: "consumption-retires", config: azure({ plan: "consumption" }) },

  // Endpoint
  { rule: "http-api-timeout", config: aws({ timeoutSeconds: 60 }) },
  { rule: "rest-api-timeout", config: aws({ timeoutSeconds: 60, endpoint: { kind: "rest" } }) },
  { rule: "azure-http-timeout", config: azure({ timeoutSeconds: 600 }) },
  { rule: "public-in-production", config: gcp({}), stage: "prod" },
  { rule: "public-in-production", config: { ...aws({}), stages: { production: {} } }, stage: "production" },
  { rule: "http-api-key", config: aws({ endpoint: { auth: "api-key" } }) },
  {
    rule: "rest-api-jwt",
    config: aws({
      endpoint: {
        kind: "rest",
        auth: { issuer: "https://flowers.eu.auth0.com/", audience: ["https://api.flowers.dev"] },
      },
    }),
  },
  { rule: "function-url-auth", config: aws({ endpoint: { kind: "function-url", auth: "api-key" } }) },
  { rule: "azure-auth-iam", config: azure({ endpoint: { auth: "iam" } }) },
  { rule: "azure-jwt-issuer", config: azure({ endpoint: { auth: ISSUER } }) },
  {
    rule: "azure-jwt-issuer",
    config: azure({
      endpoint: {
        auth: { issuer: "https://login.microsoftonline.com/organizations/v2.0", audience: ["api://flowers"] },
      },
    }),
  },
  { rule: "azure-auth-variable", config: azure({ environment: { TRICAST_AUTH_LEVEL: "anonymous" }, endpoint: false }) },
  {
    rule: "azure-auth-variable",
    config: azure({ secrets: { TRICAST_AUTH_LEVEL: { keyVault: "https://flowers.vault.azure.net/secrets/level" } } }),
  },
  { rule: "gcp-auth", config: gcp({ endpoint: { auth: "api-key" } }) },
  { rule: "endpoint-kind-aws-only", config: gcp({ endpoint: { kind: "rest" } }) },
  {
    rule: "cors-star-with-credentials",
    config: aws({ endpoint: { cors: { origins: ["*"], credentials: true } } }),
  },
  { rule: "alb-body-limit", config: aws({ endpoint: { loadBalancer: true, maxBodyMb: 4 } }) },
  { rule: "body-limit", config: aws({ endpoint: { maxBodyMb: 20 } }) },
  { rule: "body-limit", config: gcp({ endpoint: { maxBodyMb: 64 } }) },
  { rule: "load-balancer-aws-only", config: azure({ endpoint: { loadBalancer: true } }) },
  {
    rule: "endpoint-path-repeats",
    config: { ...aws({ endpoint: { path: "/predict" } }), predictors: { iris: {}, digits: {} } },
  },

  // Package and model
  { rule: "lambda-unzipped-size", config: aws({}), measured: artefact(288 * MB, 40 * MB) },
  {
    rule: "lambda-image-size",
    config: aws({ packaging: "image", image: `${ECR}:1` }),
    measured: artefact(11_000 * MB),
  },
  { rule: "lambda-upload-size", config: aws({ packaging: "zip" }), measured: artefact(120 * MB, 60 * MB) },
  { rule: "flex-package-size", config: azure({}), measured: artefact(900 * MB) },
  { rule: "flex-takes-no-image", config: azure({ packaging: "image" }) },
  { rule: "layers-aws-only", config: { ...gcp({}), settings: { packaging: "layers" } } },
  { rule: "function-takes-no-image", config: gcp({ packaging: "image" }) },
  { rule: "service-needs-image", config: gcp({ runAs: "service", packaging: "zip" }) },
  { rule: "image-missing", config: gcp({ runAs: "service" }) },
  { rule: "image-unused", config: aws({ image: `${ECR}:1.4` }) },
  { rule: "image-tag-moves", config: aws({ packaging: "image", image: `${ECR}:latest` }) },
  { rule: "image-tag-moves", config: gcp({ runAs: "service", image: "europe-docker.pkg.dev/flowers/iris/server" }) },
  { rule: "image-registry", config: aws({ packaging: "image", image: "ghcr.io/flowers/iris:1.4" }) },
  { rule: "scratch-below-model", config: aws(STORED), measured: { modelBytes: 900 * MB } },
  {
    rule: "gcp-model-in-memory",
    config: gcp({ model: "gs://flowers/models/iris" }),
    measured: { modelBytes: 700 * MB },
  },
  { rule: "memory-below-need", config: aws({ memoryMb: 512 }), measured: { peakMemoryBytes: 700 * MB } },
  { rule: "model-scheme", config: aws({ model: "http://models.flowers.dev/iris.onnx" }) },
  { rule: "model-prefix-missing", config: aws({ model: "s3://flowers" }) },
  { rule: "model-prefix-missing", config: azure({ model: "az://account/models/" }) },
  { rule: "model-in-another-cloud", config: gcp({ model: "s3://flowers/models/iris" }) },

  // Environment and secrets
  { rule: "lambda-environment-size", config: aws({ environment: { LABELS: "x".repeat(5000) } }) },
  { rule: "reserved-variable", config: aws({ environment: { AWS_REGION: "eu-central-1" } }) },
  { rule: "reserved-variable", config: azure({ environment: { FUNCTIONS_WORKER_RUNTIME: "node" } }) },
  { rule: "reserved-variable", config: gcp({ environment: { PORT: "3000" } }) },
  { rule: "secret-in-plain-text", config: aws({ environment: { HUB_TOKEN: "hf_abcdef" } }) },
  {
    rule: "variable-twice",
    config: aws({
      environment: { UPSTREAM: "https://flowers.dev" },
      secrets: { UPSTREAM: { ssm: "/flowers/upstream" } },
    }),
  },
  { rule: "secret-store-of-another-cloud", config: gcp({ secrets: { HUB: { ssm: "/flowers/hub" } } }) },
  { rule: "key-vault-address", config: azure({ secrets: { HUB: { keyVault: "flowers-hub" } } }) },

  // Operation
  { rule: "log-retention-days", config: aws({ logRetentionDays: 10 }) },
  { rule: "alarm-above-timeout", config: aws({ timeoutSeconds: 10, alarms: { p99Ms: 15_000 } }) },
  { rule: "alarm-notify-form", config: aws({ alarms: { notify: ["ops@flowers.dev"] } }) },
  { rule: "alarm-notify-form", config: gcp({ alarms: { notify: ["arn:aws:sns:eu-central-1:123456789012:ops"] } }) },
  { rule: "rollout-unsupported", config: azure({ rollout: { kind: "canary" } }) },
  { rule: "rollout-without-alarms", config: aws({ rollout: { kind: "linear", percent: 20 } }) },
  { rule: "aws-tag-form", config: aws({ tags: { "aws:owner": "data" } }) },
  { rule: "azure-tag-form", config: azure({ tags: { "team/owner": "data" } }) },
  { rule: "gcp-label-form", config: gcp({ tags: { Owner: "Data Science" } }) },
  {
    rule: "azure-host-id",
    config: {
      ...azure({}),
      service: "flower-recognition-service",
      predictors: { "iris-petals": {}, "iris-sepals": {} },
    },
  },

  // Containers
  { rule: "container-image-missing", config: { ...base, targets: { kubernetes: {} } } },
  { rule: "container-auth", config: on({ kubernetes: {} }, { endpoint: { auth: "iam" } }) },
  { rule: "container-auth", config: on({ sagemaker: MACHINES.sagemaker }, { endpoint: { auth: "api-key" } }) },
  { rule: "container-auth", config: on({ azureMl: MACHINES.azureMl }, { endpoint: { auth: "none" } }) },
  { rule: "container-auth-incomplete", config: on({ kubernetes: { endpoint: { auth: "api-key" } } }) },
  { rule: "container-auth-incomplete", config: on({ ecs: DOMAIN }, { endpoint: { auth: ISSUER } }) },
  {
    rule: "container-auth-incomplete",
    config: on({
      kubernetes: { endpoint: { auth: { ...ISSUER, audience: ["a", "b"] } }, environment: KEYS_URL },
    }),
  },
  ...["", " ", ","].map((keys) => ({
    rule: "container-auth-incomplete",
    config: on({ kubernetes: { endpoint: { auth: "api-key" }, environment: { TRICAST_API_KEYS: keys } } }),
  })),
  {
    rule: "container-auth-incomplete",
    config: on({ ecs: { ...DOMAIN, endpoint: { auth: ISSUER }, environment: { TRICAST_JWKS_URL: "" } } }),
  },
  {
    rule: "container-auth-variable",
    config: on({
      kubernetes: {
        endpoint: { auth: ISSUER },
        environment: { ...KEYS_URL, TRICAST_JWT_ISSUER: "https://another.example.com" },
      },
    }),
  },
  {
    rule: "container-auth-variable",
    config: on({
      ecs: {
        ...DOMAIN,
        endpoint: { auth: ISSUER },
        environment: KEYS_URL,
        secrets: { TRICAST_JWT_AUDIENCE: { ssm: "/flowers/audience" } },
      },
    }),
  },
  { rule: "nginx-auth", config: on({ nginx: DOMAIN }, { endpoint: { auth: ISSUER } }) },
  { rule: "nginx-auth", config: on({ nginx: DOMAIN }, {}, { iris: { endpoint: { auth: "api-key" } } }) },
  { rule: "nginx-auth", config: on({ nginx: DOMAIN }, {}, { iris: { endpoint: false } }) },
  { rule: "container-public-in-production", stage: "prod", config: on({ ecs: DOMAIN }) },
  { rule: "container-secret-store", config: on({ kubernetes: { secrets: { KEY: { ssm: "/flowers/key" } } } }) },
  {
    rule: "container-secret-store",
    config: on({ vertex: { ...MACHINES.vertex, secrets: { KEY: { secretManager: "key" } } } }),
  },
  { rule: "container-bounds", config: on({ kubernetes: { warmInstances: 4, maxInstances: 2 } }) },
  { rule: "container-schedule", config: on({ kubernetes: { warmInstances: NIGHTLY } }) },
  { rule: "container-timeout", config: on({ sagemaker: { ...MACHINES.sagemaker, timeoutSeconds: 90 } }) },
  { rule: "container-timeout", config: on({ azureMl: { ...MACHINES.azureMl, timeoutSeconds: 240 } }) },
  { rule: "fargate-size", config: on({ ecs: { ...DOMAIN, cpu: 3 } }) },
  { rule: "fargate-size", config: on({ ecs: { ...DOMAIN, cpu: 2, memoryMb: 2048 } }) },
  { rule: "fargate-size", config: on({ ecs: { ...DOMAIN, cpu: 8, memoryMb: 18_432 } }) },
  { rule: "fargate-size", config: on({ ecs: { ...DOMAIN, scratchMb: 300_000 } }) },
  { rule: "sagemaker-image-registry", config: on({ sagemaker: { ...MACHINES.sagemaker, image: "docker.io/iris:1" } }) },
  { rule: "sagemaker-burstable", config: on({ sagemaker: { ...MACHINES.sagemaker, instanceType: "ml.t2.medium" } }) },
  { rule: "nginx-server-shared", config: on({ nginx: DOMAIN }, {}, { iris: {}, digits: {} }) },
];
