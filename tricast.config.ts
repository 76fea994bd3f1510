import { defineConfig } from "@tricast/plan";

/** The three example predictors on three clouds. Print the plan: `npm run tricast -- plan --stage prod` */
export default defineConfig({
  service: "tricast-examples",

  predictors: {
    iris: {},
    digits: { memoryMb: 2048, on: { aws: { endpoint: { kind: "rest" } } } }, // decodes images
    language: { timeoutSeconds: 20, on: { aws: { endpoint: { kind: "function-url" } } } },
  },

  settings: {
    environment: { TRICAST_LOG_LEVEL: "info" },
    tags: { project: "tricast-examples" },
  },

  targets: {
    aws: {
      region: "eu-central-1",
      architecture: "arm64",
      ping: { every: "5 minutes", concurrency: 2 },
    },
    azure: { location: "westeurope" },
    gcp: { project: "tricast-examples", region: "europe-west3" },
  },

  stages: {
    dev: {},

    staging: {
      settings: { warmInstances: 1 },
      targets: { aws: { ping: false } }, // provisioned instances stay warm without pings
    },

    prod: {
      settings: { logRetentionDays: 90 },
      targets: {
        aws: {
          endpoint: { auth: "iam" },
          ping: false,
          rollout: { kind: "canary", percent: 10, minutes: 5 },
          warmInstances: {
            min: 1,
            max: 10,
            schedule: [
              { name: "office-hours", at: "0 7 * * 1-5", timeZone: "Europe/Berlin", min: 4, max: 20 },
              { name: "evening", at: "0 19 * * 1-5", timeZone: "Europe/Berlin", min: 1, max: 10 },
            ],
          },
        },
        azure: { endpoint: { auth: "api-key" }, warmInstances: 2 },
        gcp: { endpoint: { auth: "iam" }, warmInstances: 1 },
      },
    },
  },
});
