import fc from "fast-check";
import type { Config, PredictorConfig, Settings } from "../../src/index.ts";

export const TARGETS = {
  aws: { region: "eu-central-1", dashboard: true },
  azure: { location: "westeurope" },
  gcp: { project: "project-1", region: "europe-west3" },
} as const;

/** What each setting may be, so that any two plans differ in what they need. */
const settings: fc.Arbitrary<Settings> = fc.record(
  {
    memoryMb: fc.constantFrom(512, 2048),
    warmInstances: fc.constantFrom(
      0,
      2,
      { min: 1, max: 4 },
      { min: 0, max: 2, schedule: [{ name: "day", at: "0 7 * * *", min: 2 }] },
    ),
    ping: fc.constantFrom(false as const, { every: "5 minutes" }, { every: "1 hour", concurrency: 12 }),
    alarms: fc.constantFrom(false as const, {}, { errorPercent: 5, notify: ["x"] }),
    rollout: fc.constantFrom({ kind: "all-at-once" as const }, { kind: "canary" as const }),
    model: fc.constantFrom("s3://models/iris@prod", { model: "s3://models/iris.onnx", labels: "https://a.example/b" }),
    timeoutSeconds: fc.integer({ min: 1, max: 60 }),
    maxInstances: fc.integer({ min: 1, max: 100 }),
    environment: fc.dictionary(fc.stringMatching(/^[A-Z]{1,4}$/), fc.string()),
    tags: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.string()),
  },
  { requiredKeys: [] },
);

/** By target, as each has other ways to ask callers for credentials. All name `auth`: stages are laid over one another. */
const ENDPOINTS = {
  aws: fc.constantFrom<Settings["endpoint"]>(
    false,
    { kind: "http", auth: "none" },
    { kind: "rest", auth: "api-key" },
    { kind: "rest", auth: "iam", path: "/", cors: { origins: ["https://a.example", "https://b.example"] } },
    { kind: "function-url", auth: "none", cors: { origins: ["*"] } },
    { kind: "http", auth: { issuer: "https://issuer.example", audience: ["a"] } },
  ),
  azure: fc.constantFrom<Settings["endpoint"]>(
    false,
    { auth: "api-key" },
    { auth: "none", cors: { origins: ["*"] } },
    { auth: { issuer: "https://sts.windows.net/6babcaad-604b-40ac-a9d7-9fd97c0b779f/", audience: ["a"] } },
  ),
  gcp: fc.constantFrom<Settings["endpoint"]>(false, { auth: "none" }, { auth: "iam" }),
};

/** What each predictor is on each target. */
const predictor: fc.Arbitrary<PredictorConfig> = fc
  .tuple(settings, fc.record(ENDPOINTS))
  .map(([own, { aws, azure, gcp }]) => ({
    ...own,
    on: { aws: { endpoint: aws }, azure: { endpoint: azure }, gcp: { endpoint: gcp } },
  }));

/** Two predictors on three clouds, in two stages that differ. */
export const configs: fc.Arbitrary<Config> = fc
  .tuple(settings, predictor, predictor, settings, predictor)
  .map(([all, first, second, prod, firstInProd]) => ({
    service: "any",
    predictors: { first, second },
    settings: all,
    targets: TARGETS,
    stages: { dev: {}, prod: { settings: prod, predictors: { first: firstInProd } } },
  }));
