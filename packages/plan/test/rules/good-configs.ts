import type { Config } from "@tricast/plan";
import type { Measured } from "@tricast/plan/tools";

export interface GoodConfig {
  readonly what: string;
  readonly config: Config;
  readonly stage?: string;
  /** By predictor, on every target. */
  readonly measured?: Readonly<Record<string, Measured>>;
}

const AWS = { region: "eu-central-1" };
const AZURE = { location: "westeurope" };
const GCP = { project: "flowers-123", region: "europe-west3" };
const TOKENS = { issuer: "https://login.flowers.dev/", audience: ["https://api.flowers.dev"] };
const ENTRA = {
  issuer: "https://login.microsoftonline.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/v2.0",
  audience: ["api://shop"],
};
const MB = 1_000_000;

/** What people deploy: different sizes, clouds and habits. */
export const GOOD_CONFIGS: readonly GoodConfig[] = [
  { what: "the least there can be", config: { service: "flowers", predictors: { iris: {} }, targets: { aws: AWS } } },
  {
    what: "one predictor on three clouds with nothing said",
    config: { service: "flowers", predictors: { iris: {} }, targets: { aws: AWS, azure: AZURE, gcp: GCP } },
  },
  {
    what: "arm64 on Lambda and nowhere else",
    config: {
      service: "flowers",
      predictors: { iris: {} },
      targets: { aws: { ...AWS, architecture: "arm64" }, azure: AZURE, gcp: GCP },
    },
  },
  {
    what: "office hours, in the zone of the office",
    stage: "prod",
    config: {
      service: "claims",
      predictors: { triage: { memoryMb: 2048 } },
      targets: {
        aws: {
          ...AWS,
          endpoint: { auth: "iam" },
          warmInstances: {
            min: 1,
            schedule: [
              { name: "office-hours", at: "30 7 * * MON-FRI", timeZone: "Europe/Berlin", min: 5, max: 40 },
              { name: "evening", at: "0 19 * * MON-FRI", timeZone: "Europe/Berlin", min: 1 },
            ],
          },
        },
      },
    },
  },
  {
    what: "provisioned concurrency that follows the load, inside of what is reserved",
    config: {
      service: "ranking",
      predictors: { ranker: { maxInstances: 200, warmInstances: { min: 10, max: 100, targetUtilization: 0.6 } } },
      targets: { aws: { region: "us-east-1", memoryMb: 3008 } },
    },
  },
  {
    what: "pings instead of paid instances, for a demo",
    config: {
      service: "demo",
      predictors: { digits: { ping: { every: "5 minutes", concurrency: 3 } } },
      targets: { aws: AWS },
    },
  },
  {
    what: "a REST API with usage plans for partners",
    stage: "prod",
    config: {
      service: "partners",
      predictors: { score: { endpoint: { kind: "rest", auth: "api-key", path: "/v1/score" }, timeoutSeconds: 15 } },
      targets: { aws: { region: "eu-west-1" } },
    },
  },
  {
    what: "tokens of an identity provider on an HTTP API, function keys on Azure",
    stage: "prod",
    config: {
      service: "shop",
      predictors: { recommend: { endpoint: { auth: TOKENS }, on: { azure: { endpoint: { auth: "api-key" } } } } },
      targets: { aws: AWS, azure: AZURE },
    },
  },
  {
    what: "tokens of one tenant of Entra on an HTTP API and on Azure",
    stage: "prod",
    config: {
      service: "shop",
      predictors: { recommend: { endpoint: { auth: ENTRA } } },
      targets: { aws: AWS, azure: AZURE },
    },
  },
  {
    what: "tokens that a server in a container checks, which are written out once more, behind nginx",
    config: {
      service: "shop",
      predictors: { recommend: { endpoint: { maxBodyMb: 2 } } },
      settings: { image: "registry.example.com/shop/recommend:1.0.0" },
      targets: {
        kubernetes: {
          endpoint: { auth: TOKENS },
          environment: { TRICAST_JWKS_URL: "https://login.flowers.dev/keys", TRICAST_JWT_ISSUER: TOKENS.issuer },
        },
        nginx: { domain: "models.flowers.dev" },
      },
    },
  },
  {
    what: "a function URL for requests of several minutes",
    config: {
      service: "video",
      predictors: { scenes: { timeoutSeconds: 600, memoryMb: 8192, scratchMb: 4096 } },
      targets: { aws: { ...AWS, endpoint: { kind: "function-url", auth: "iam" } } },
    },
  },
  {
    what: "a predictor that only other functions invoke",
    stage: "prod",
    config: {
      service: "pipeline",
      predictors: { embed: { endpoint: false, timeoutSeconds: 900, memoryMb: 10_240 } },
      targets: { aws: AWS },
    },
  },
  {
    what: "a model in each cloud's own store",
    config: {
      service: "speech",
      predictors: {
        words: {
          on: {
            aws: { model: "s3://speech-models/words@prod", scratchMb: 1024 },
            azure: { model: "az://speech/models/words@prod" },
            gcp: { model: "gs://speech-models/words@prod", memoryMb: 2048 },
          },
        },
      },
      targets: { aws: AWS, azure: AZURE, gcp: GCP },
    },
    measured: { words: { artefacts: [], modelBytes: 500 * MB, peakMemoryBytes: 800 * MB } },
  },
  {
    what: "several models of one predictor",
    config: {
      service: "ocr",
      predictors: {
        page: { model: { detect: "s3://ocr-models/detect@v3", read: "s3://ocr-models/read@v7" }, memoryMb: 4096 },
      },
      targets: { aws: AWS },
    },
  },
  {
    what: "secrets in the store of each cloud",
    config: {
      service: "chat",
      predictors: {
        intent: {
          on: {
            aws: { secrets: { HUB_TOKEN: { secretsManager: "chat/hub" }, SALT: { ssm: "/chat/salt" } } },
            azure: { secrets: { HUB_TOKEN: { keyVault: "https://chat.vault.azure.net/secrets/hub" } } },
            gcp: { secrets: { HUB_TOKEN: { secretManager: "chat-hub/versions/3" } } },
          },
        },
      },
      targets: { aws: AWS, azure: AZURE, gcp: GCP },
    },
  },
  {
    what: "a Lambda image of ten gigabytes less a little",
    config: {
      service: "radiology",
      predictors: {
        scan: {
          packaging: "image",
          image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/radiology/scan:2026-05-01",
          memoryMb: 10_240,
        },
      },
      targets: { aws: AWS },
    },
    measured: {
      scan: {
        artefacts: [{ kind: "image", file: "image", bytes: 4_000 * MB, unzippedBytes: 9_800 * MB }],
        modelBytes: 6_000 * MB,
        peakMemoryBytes: 8_000 * MB,
      },
    },
  },
  {
    what: "a Cloud Run service from an image by digest, in steps",
    stage: "prod",
    config: {
      service: "maps",
      predictors: { tiles: { cpu: 4, memoryMb: 8192, concurrency: 16 } },
      targets: {
        gcp: {
          ...GCP,
          runAs: "service",
          image: `europe-docker.pkg.dev/flowers-123/maps/tiles@sha256:${"a".repeat(64)}`,
          endpoint: { auth: "iam" },
          rollout: { kind: "canary", percent: 5, minutes: 15 },
          warmInstances: 2,
        },
      },
    },
  },
  {
    what: "half a vCPU, one request at a time",
    config: {
      service: "hobby",
      predictors: { iris: { cpu: 0.5, memoryMb: 512, concurrency: 1 } },
      targets: { gcp: GCP },
    },
  },
  {
    what: "the smallest and the largest size of Flex Consumption",
    config: {
      service: "invoices",
      predictors: { fields: { memoryMb: 512, concurrency: 2 }, totals: { memoryMb: 4096, concurrency: 32 } },
      targets: { azure: { location: "northeurope", maxInstances: 100, warmInstances: 2 } },
    },
  },
  {
    what: "function keys on Azure in production, and who is told",
    stage: "prod",
    config: {
      service: "invoices",
      predictors: { fields: {} },
      targets: {
        azure: {
          ...AZURE,
          resourceGroup: "rg-invoices",
          endpoint: { auth: "api-key" },
          alarms: {
            errorPercent: 0.5,
            notify: [
              "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-ops/providers/Microsoft.Insights/actionGroups/oncall",
            ],
          },
        },
      },
    },
  },
  {
    what: "a public demo in production, on purpose",
    stage: "prod",
    config: {
      service: "demo",
      predictors: { iris: { endpoint: { auth: "none", cors: { origins: ["*"], maxAgeSeconds: 3600 } } } },
      targets: { aws: AWS, gcp: GCP },
    },
  },
  {
    what: "browsers with cookies from two origins",
    config: {
      service: "portal",
      predictors: {
        iris: {
          endpoint: {
            cors: {
              origins: ["https://app.flowers.dev", "http://localhost:5173"],
              credentials: true,
              headers: ["x-csrf"],
            },
          },
        },
      },
      targets: { aws: AWS },
    },
  },
  {
    what: "a canary that alarms take back",
    stage: "prod",
    config: {
      service: "pricing",
      predictors: { price: { endpoint: { auth: "iam" } } },
      targets: {
        aws: {
          ...AWS,
          rollout: { kind: "linear", percent: 20, minutes: 3 },
          alarms: { p99Ms: 400, notify: ["arn:aws:sns:eu-central-1:123456789012:pricing-oncall"] },
        },
      },
    },
  },
  {
    what: "China's own regions and names",
    stage: "prod",
    config: {
      service: "vision",
      predictors: {
        parts: { endpoint: { auth: "iam" }, alarms: { notify: ["arn:aws-cn:sns:cn-north-1:123456789012:ops"] } },
      },
      targets: { aws: { region: "cn-north-1" } },
    },
  },
  {
    what: "names so long that they are cut",
    config: {
      service: "department-of-natural-history",
      predictors: { "classification-of-flowers-by-their-petals": {}, "detection-of-beetles-in-photographs": {} },
      targets: { aws: AWS, gcp: GCP },
    },
  },
  {
    what: "stages that override any field",
    stage: "staging",
    config: {
      service: "flowers",
      predictors: { iris: { memoryMb: 512 }, digits: {} },
      targets: { aws: AWS, gcp: GCP },
      stages: {
        dev: { settings: { environment: { TRICAST_LOG_LEVEL: "debug" } } },
        staging: {
          predictors: { iris: { memoryMb: 1024 } },
          targets: { gcp: { project: "flowers-staging" } },
          settings: { environment: { TRICAST_LOG_LEVEL: "info" } },
        },
        prod: { settings: { warmInstances: 2 } },
      },
    },
  },
  {
    what: "a predictor on one of the targets only",
    config: {
      service: "flowers",
      predictors: { iris: {}, herbarium: { targets: ["aws"], memoryMb: 6144, packaging: "layers" } },
      targets: { aws: AWS, azure: AZURE },
    },
  },
  {
    what: "a variable that one predictor takes away again",
    config: {
      service: "flowers",
      predictors: { iris: { environment: { UPSTREAM: null }, secrets: { UPSTREAM: { ssm: "/flowers/upstream" } } } },
      settings: { environment: { UPSTREAM: "https://flowers.dev" } },
      targets: { aws: AWS },
    },
  },
  {
    what: "labels that all three clouds take",
    config: {
      service: "flowers",
      predictors: { iris: {} },
      settings: { tags: { team: "data-science", "cost-center": "4711", env: "dev" } },
      targets: { aws: AWS, azure: AZURE, gcp: GCP },
    },
  },
  {
    what: "Google pings with a secret that the function shares",
    config: {
      service: "flowers",
      predictors: { iris: {} },
      targets: {
        gcp: { ...GCP, ping: { every: "10 minutes" }, secrets: { TRICAST_WARMUP_SECRET: { secretManager: "warmup" } } },
      },
    },
  },
  {
    what: "an Azure timer twice an hour",
    config: {
      service: "flowers",
      predictors: { iris: {} },
      targets: { azure: { ...AZURE, ping: { every: "30 minutes" } } },
    },
  },
  {
    what: "a zip whose sizes were measured and fit",
    config: { service: "flowers", predictors: { iris: { packaging: "zip", memoryMb: 512 } }, targets: { aws: AWS } },
    measured: {
      iris: {
        artefacts: [{ kind: "function", file: "function.zip", bytes: 18 * MB, unzippedBytes: 47 * MB }],
        modelBytes: 0.1 * MB,
        peakMemoryBytes: 110 * MB,
      },
    },
  },
  {
    what: "images as input behind a load balancer, small ones",
    config: {
      service: "signs",
      predictors: { traffic: { endpoint: { loadBalancer: true, maxBodyMb: 0.9 } } },
      targets: { aws: AWS },
    },
  },
  {
    what: "a fixed number of provisioned instances, and logs for a year",
    stage: "prod",
    config: {
      service: "fraud",
      predictors: { card: { timeoutSeconds: 3, maxInstances: 400, warmInstances: 50, endpoint: { auth: "iam" } } },
      settings: { logRetentionDays: 365 },
      targets: { aws: { region: "ap-southeast-2", alias: "current", dashboard: false } },
    },
  },
  {
    what: "a batch of one hour on Google",
    config: {
      service: "reports",
      predictors: { monthly: { timeoutSeconds: 3600, cpu: 2, memoryMb: 8192, concurrency: 1, maxInstances: 4 } },
      targets: { gcp: GCP },
    },
  },
  {
    what: "a window every last quarter of an hour, and one by names of months",
    config: {
      service: "tax",
      predictors: { forms: {} },
      targets: {
        aws: {
          ...AWS,
          warmInstances: {
            schedule: [
              { name: "season", at: "0 0 1 MAR,APR *", min: 3, max: 30 },
              { name: "peak", at: "*/15 8-18 * * 1-5", timeZone: "America/New_York", min: 6, max: 60 },
              { name: "rest", at: "0 0 1 5 *", min: 0 },
            ],
          },
        },
      },
    },
  },
  {
    what: "a container on every platform, and nginx in front of two machines",
    stage: "prod",
    config: {
      service: "flowers",
      predictors: { iris: {} },
      settings: { image: "registry.example.com/flowers/iris:1.0.0", timeoutSeconds: 20 },
      targets: {
        kubernetes: { warmInstances: 2, cpu: 0.5, memoryMb: 700 },
        ecs: { domain: "models.flowers.dev", endpoint: { auth: "none" }, warmInstances: { min: 1, max: 6 } },
        sagemaker: {
          image: "111122223333.dkr.ecr.eu-central-1.amazonaws.com/flowers/iris:1.0.0",
          instanceType: "ml.c6i.xlarge",
        },
        vertex: { instanceType: "n2-standard-4", project: "flowers-123", region: "europe-west3" },
        azureMl: { instanceType: "Standard_F4s_v2", resourceGroup: "flowers", workspace: "models" },
        nginx: { domain: "models.flowers.dev", servers: ["10.0.0.7:8080", "10.0.0.8:8080"] },
      },
    },
  },
  {
    what: "keys and tokens that the server in a container checks itself",
    config: {
      service: "flowers",
      predictors: {
        iris: {
          endpoint: { auth: "api-key" },
          on: { kubernetes: { secrets: { TRICAST_API_KEYS: { kubernetes: "iris/keys" } } } },
          targets: ["kubernetes"],
        },
        digits: {
          endpoint: { auth: TOKENS },
          environment: { TRICAST_JWKS_URL: "https://login.flowers.dev/keys" },
          targets: ["kubernetes", "ecs"],
        },
      },
      settings: { image: "registry.example.com/flowers/all:1.0.0" },
      targets: {
        kubernetes: {},
        ecs: { domain: "models.flowers.dev", cpu: 0.25, memoryMb: 512, requestsPerMinute: 600 },
      },
    },
  },
];
