import type { Config, Endpoint, Settings, TargetsConfig } from "../../src/index.ts";

export type Target = keyof TargetsConfig;

export const ECR = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/iris";

/** The required settings of each target. */
export const LEAST = {
  aws: { region: "eu-central-1" },
  azure: { location: "westeurope" },
  gcp: { project: "project-1", region: "europe-west3" },
  kubernetes: { image: `${ECR}:1` },
  ecs: { image: `${ECR}:1`, domain: "models.example.com" },
  sagemaker: { image: `${ECR}:1`, instanceType: "ml.c6i.xlarge" },
  vertex: { image: `${ECR}:1`, instanceType: "n2-standard-4", project: "project-1", region: "europe-west3" },
  azureMl: { image: `${ECR}:1`, instanceType: "Standard_F4s_v2", resourceGroup: "flowers", workspace: "models" },
  nginx: { domain: "models.example.com" },
} as const satisfies Required<TargetsConfig>;

export const TARGET_NAMES = Object.keys(LEAST) as Target[];

/** Two values of each setting. Two objects have the same keys. */
export const SAMPLES: { readonly [K in keyof Required<Settings>]: readonly [Settings[K], Settings[K]] } = {
  memoryMb: [512, 4096],
  cpu: [2, 4],
  architecture: ["arm64", "x64"],
  timeoutSeconds: [10, 20],
  scratchMb: [600, 700],
  concurrency: [2, 3],
  maxInstances: [5, 6],
  warmInstances: [2, 3],
  ping: [{ every: "10 minutes" }, { every: "20 minutes" }],
  endpoint: [{ auth: "iam" }, { auth: "none" }],
  model: ["s3://flowers/models/iris", "s3://flowers/models/rose"],
  packaging: ["zip", "image"],
  image: [`${ECR}:2`, `${ECR}:3`],
  environment: [{ LEVEL: "info" }, { LEVEL: "warn" }],
  secrets: [{ TOKEN: { ssm: "/token" } }, { TOKEN: { ssm: "/other" } }],
  tags: [{ team: "roses" }, { team: "tulips" }],
  logRetentionDays: [7, 30],
  alarms: [{ errorPercent: 2 }, { errorPercent: 3 }],
  rollout: [{ kind: "canary" }, { kind: "linear" }],
};

/** A value of each key of an endpoint, other than its default. */
export const ENDPOINT_SAMPLES: { readonly [K in keyof Required<Endpoint>]: Endpoint[K] } = {
  kind: "rest",
  path: "/flowers",
  auth: "iam",
  cors: { origins: ["https://flowers.example"] },
  maxBodyMb: 300,
  loadBalancer: true,
};

export function configOn(target: Target, settings: object = {}): Config {
  return {
    service: "flowers",
    predictors: { iris: {} },
    targets: { [target]: { ...LEAST[target], ...settings } },
  };
}
