import { type Config, type ResolvedPlan, resolvePlan } from "@tricast/plan";

/** Plans whose containers lie beside this file. */
export interface ContainerCase {
  readonly name: string;
  /** One for each stage. */
  readonly plans: readonly ResolvedPlan[];
}

const DOMAIN = "models.example.com";
const IMAGE = "registry.example.com/flowers/iris:1.0.0";
const ECR_IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/flowers/iris:1.0.0";

/** Office hours, for targets with schedules. */
const HOURS = [
  { name: "day", at: "0 7 * * 1-5", timeZone: "Europe/Berlin", min: 4, max: 20 },
  { name: "night", at: "0 19 * * 1-5", timeZone: "Europe/Berlin", min: 1, max: 4 },
];

/** The required settings of each target. */
const LEAST: Config = {
  service: "flowers",
  predictors: { iris: {} },
  settings: { image: IMAGE },
  targets: {
    kubernetes: {},
    ecs: { domain: DOMAIN },
    sagemaker: { image: ECR_IMAGE, instanceType: "ml.c6i.xlarge" },
    vertex: { project: "flowers-1", region: "europe-west3", instanceType: "n2-standard-4" },
    azureMl: { resourceGroup: "flowers", workspace: "models", instanceType: "Standard_F4s_v2" },
    nginx: { domain: DOMAIN },
  },
};

/** Every setting of each target. */
const MOST: Config = {
  service: "flowers",
  predictors: {
    iris: {
      environment: { TRICAST_LOG_LEVEL: "debug", GREETING: "it's 'hello: world'" },
      on: {
        kubernetes: {
          grpcPort: 8081,
          environment: { PLACE: "$(HOME)" },
          secrets: { TRICAST_API_KEYS: { kubernetes: "iris/keys" } },
        },
        nginx: { servers: ["10.0.0.7:8080", "10.0.0.8:8080"], grpcServers: ["10.0.0.7:8081", "10.0.0.8:8081"] },
      },
    },
    digits: {
      timeoutSeconds: 60,
      concurrency: 32,
      on: {
        kubernetes: { image: "registry.example.com/flowers/digits:2.1.0", warmInstances: 3, maxInstances: 3 },
        ecs: { endpoint: false, warmInstances: { min: 2, schedule: [] }, maxInstances: 2, scratchMb: 40_000 },
        sagemaker: { instanceType: "ml.t2.medium", warmInstances: { min: 1, schedule: [] }, maxInstances: 1 },
        nginx: { servers: ["10.0.0.9:8080"], timeoutSeconds: 60, maxBodyMb: 8 },
      },
    },
  },
  settings: { image: IMAGE, tags: { team: "flowers" } },
  targets: {
    kubernetes: {
      namespace: "models",
      serviceAccountAnnotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/models" },
      memoryMb: 1024,
      cpu: 2,
      architecture: "arm64",
      scratchMb: 1024,
      warmInstances: { min: 2, targetUtilization: 0.6 },
      maxInstances: 20,
      endpoint: { auth: "api-key", maxBodyMb: 8 },
      model: "s3://flowers-models/store/iris@prod",
      secrets: { TRICAST_API_KEYS: { kubernetes: "flowers/keys" } },
    },
    ecs: {
      domain: DOMAIN,
      image: ECR_IMAGE,
      memoryMb: 4096,
      cpu: 2,
      architecture: "arm64",
      warmInstances: { min: 2, schedule: HOURS },
      maxInstances: 20,
      requestsPerMinute: 6000,
      logRetentionDays: 90,
      endpoint: { auth: "none" },
      model: "s3://flowers-models/store/iris@prod",
      secrets: { TOKEN: { ssm: "/flowers/token" }, OTHER: { secretsManager: "flowers/other" } },
    },
    sagemaker: {
      image: ECR_IMAGE,
      instanceType: "ml.c6i.2xlarge",
      warmInstances: { min: 1, targetUtilization: 0.5, schedule: HOURS },
      maxInstances: 8,
      model: "s3://flowers-models/store/iris@prod",
      endpoint: { auth: "iam" },
    },
    vertex: {
      project: "flowers-1",
      region: "europe-west3",
      instanceType: "n2-standard-8",
      warmInstances: { min: 2, targetUtilization: 0.6 },
      model: "gs://flowers-models/store/iris@prod",
    },
    azureMl: {
      resourceGroup: "flowers-rg",
      workspace: "models",
      instanceType: "Standard_F8s_v2",
      endpoint: { auth: "iam" },
      concurrency: 16,
      warmInstances: 2,
      model: "az://flowersmodels/models/iris@prod",
    },
    nginx: { domain: DOMAIN, certificates: "/etc/ssl/models" },
  },
  stages: { dev: { targets: { kubernetes: { queueLength: false } } }, prod: {} },
};

/** Tokens of an issuer, for the server itself to check. */
const TOKENS: Config = {
  service: "flowers",
  predictors: { iris: { environment: { TRICAST_JWKS_URL: "https://issuer.example.com/keys" } } },
  settings: {
    image: IMAGE,
    endpoint: { auth: { issuer: "https://issuer.example.com", audience: ["https://models.example.com"] } },
  },
  targets: { kubernetes: {} },
};

export const CONTAINER_CASES: readonly ContainerCase[] = [
  { name: "least", plans: [resolvePlan(LEAST)] },
  { name: "most", plans: ["dev", "prod"].map((stage) => resolvePlan(MOST, stage)) },
  { name: "tokens", plans: [resolvePlan(TOKENS)] },
];
