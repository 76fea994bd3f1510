import { type Config, type ResolvedPlan, resolvePlan } from "@tricast/plan";
import config from "../../../tricast.config.ts";

/** Plans to render: the repository's own, and one for each thing that it does not use. */
export interface DeploymentCase {
  readonly name: string;
  /** One for each stage. */
  readonly plans: readonly ResolvedPlan[];
}

const IRIS = { service: "flowers", predictors: { iris: {} } } as const;
const REGIONS = {
  aws: { region: "eu-central-1" },
  azure: { location: "westeurope" },
  gcp: { project: "flowers-1", region: "europe-west3" },
} as const;
const ISSUER = "https://login.microsoftonline.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0";

const CONFIGS: Readonly<Record<string, Config>> = {
  image: {
    ...IRIS,
    settings: { packaging: "image" },
    targets: {
      aws: {
        ...REGIONS.aws,
        image: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/iris@sha256:${"0123456789abcdef".repeat(4)}`,
      },
      gcp: { ...REGIONS.gcp, runAs: "service", image: "europe-west3-docker.pkg.dev/flowers-1/models/iris:1.0.0" },
    },
  },
  "rest-api-key": {
    ...IRIS,
    settings: {
      endpoint: {
        kind: "rest",
        auth: "api-key",
        cors: { origins: ["https://flowers.example", "https://*.roses.example"], credentials: true },
      },
    },
    targets: { aws: REGIONS.aws },
  },
  jwt: {
    ...IRIS,
    settings: {
      endpoint: {
        auth: { issuer: ISSUER, audience: ["api://flowers"] },
        cors: { origins: ["https://flowers.example"], credentials: true },
      },
    },
    targets: { aws: REGIONS.aws, azure: REGIONS.azure },
  },
  "open-url": {
    ...IRIS,
    settings: { endpoint: { kind: "function-url", auth: "none", cors: { origins: ["*"] } } },
    targets: { aws: REGIONS.aws },
  },
  warm: {
    service: "flowers",
    predictors: {
      fixed: { warmInstances: 2 },
      tracked: { warmInstances: { min: 1, max: 8, targetUtilization: 0.6 } },
      timed: {
        warmInstances: {
          min: 0,
          max: 4,
          schedule: [
            { name: "weekend", at: "0 9 * * 6,0", timeZone: "America/New_York", min: 2 },
            { name: "night", at: "30 22 * * *", min: 0, max: 1 },
          ],
        },
      },
    },
    settings: { alarms: { notify: ["arn:aws:sns:eu-central-1:111122223333:oncall"] } },
    targets: { aws: { ...REGIONS.aws, dashboard: true } },
  },
  "remote-model": {
    ...IRIS,
    settings: { rollout: { kind: "linear", percent: 20, minutes: 2 }, maxInstances: 50, tags: { team: "flowers" } },
    targets: {
      aws: {
        ...REGIONS.aws,
        model: "s3://flowers-models/store/iris@prod",
        ping: { every: "10 minutes", concurrency: 7 },
        secrets: { TOKEN: { ssm: "/flowers/token" }, OTHER: { secretsManager: "flowers/other" } },
      },
      azure: {
        ...REGIONS.azure,
        model: "az://flowersmodels/models/iris@prod",
        ping: { every: "5 minutes" },
        secrets: { TOKEN: { keyVault: "https://flowers.vault.azure.net/secrets/token" } },
        alarms: {
          notify: ["/subscriptions/0/resourceGroups/ops/providers/Microsoft.Insights/actionGroups/oncall"],
        },
      },
      gcp: {
        ...REGIONS.gcp,
        model: { model: "gs://flowers-models/store/iris", labels: "gs://flowers-models/labels.onnx" },
        ping: { every: "10 minutes" },
        secrets: {
          TRICAST_WARMUP_SECRET: { secretManager: "warmup" },
          TOKEN: { secretManager: "projects/shared-1/secrets/token/versions/3" },
        },
        alarms: { notify: ["projects/flowers-1/notificationChannels/1"] },
      },
    },
  },
  "secret-in-service": {
    ...IRIS,
    settings: { packaging: "image", image: "europe-west3-docker.pkg.dev/flowers-1/models/iris:1.0.0" },
    targets: { gcp: { ...REGIONS.gcp, runAs: "service", secrets: { TOKEN: { secretManager: "token/versions/2" } } } },
  },
};

export const DEPLOYMENT_CASES: readonly DeploymentCase[] = [
  { name: "examples", plans: ["dev", "staging", "prod"].map((stage) => resolvePlan(config, stage)) },
  ...Object.entries(CONFIGS).map(([name, own]) => ({ name, plans: [resolvePlan(own)] })),
];
