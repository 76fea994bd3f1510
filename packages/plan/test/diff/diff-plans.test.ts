import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, resolvePlan } from "@tricast/plan";
import { diffPlans } from "@tricast/plan/tools";

const CONFIG: Config = {
  service: "flowers",
  predictors: { iris: {}, digits: { targets: ["aws"] } },
  targets: { aws: { region: "eu-central-1" } },
  stages: {
    dev: {},
    prod: {
      settings: { environment: { LEVEL: "warn" } },
      predictors: { iris: { memoryMb: 2048, warmInstances: 3 } },
      targets: { gcp: { project: "flowers-123", region: "europe-west3", endpoint: { auth: "iam" } } },
    },
  },
};

const dev = resolvePlan(CONFIG, "dev");
const prod = resolvePlan(CONFIG, "prod");

describe("the difference of two plans", () => {
  it("is empty between equal ones", () => {
    assert.deepEqual(diffPlans(dev, resolvePlan(structuredClone(CONFIG), "dev")), []);
  });

  it("names each value that changes, with what it was and what it becomes", () => {
    const changes = diffPlans(dev, prod).filter(({ path }) => path.startsWith("aws.iris."));
    assert.deepEqual(changes, [
      { path: "aws.iris.name", before: "flowers-dev-iris", after: "flowers-prod-iris" },
      { path: "aws.iris.cpu", before: 0.58, after: 1.16 },
      { path: "aws.iris.memoryMb", before: 1024, after: 2048 },
      { path: "aws.iris.warm.min", before: 0, after: 3 },
      { path: "aws.iris.warm.max", before: 0, after: 3 },
      { path: "aws.iris.environment.LEVEL", before: undefined, after: "warn" },
      { path: "aws.iris.alarms.errorPercent", before: undefined, after: 1 },
      { path: "aws.iris.alarms.notify", before: undefined, after: [] },
      { path: "aws.iris.alarms.p99Ms", before: undefined, after: 23200 },
    ]);
  });

  it("tells of settings of a target and of a target that comes or goes", () => {
    const paths = diffPlans(dev, prod).map(({ path }) => path);
    assert.ok(paths.includes("aws.dashboard") && paths.includes("gcp.project") && paths.includes("gcp.iris.memoryMb"));
    assert.ok(!paths.some((path) => path.startsWith("gcp.digits")));
    const back = diffPlans(prod, dev).find(({ path }) => path === "gcp.project");
    assert.deepEqual(back, { path: "gcp.project", before: "flowers-123", after: undefined });
  });

  it("tells of containers and sites", () => {
    const config = (memoryMb: number, timeoutSeconds: number): Config => ({
      service: "flowers",
      predictors: { iris: {} },
      targets: { kubernetes: { memoryMb }, nginx: { domain: "models.example.com", timeoutSeconds } },
    });
    assert.deepEqual(diffPlans(resolvePlan(config(1024, 10)), resolvePlan(config(2048, 20))), [
      { path: "kubernetes.iris.memoryMb", before: 1024, after: 2048 },
      { path: "nginx.iris.timeoutSeconds", before: 10, after: 20 },
    ]);
  });

  it("leaves out what was measured", () => {
    const measured = { artefacts: [], modelBytes: 5, peakMemoryBytes: undefined };
    assert.deepEqual(diffPlans(dev, resolvePlan(CONFIG, "dev", { iris: { aws: measured } })), []);
  });
});
