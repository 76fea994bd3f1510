import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, checkPlan, type PredictorConfig, resolvePlan, type TargetsConfig } from "@tricast/plan";
import { findProblems, onlyOn, type ResolvedPod } from "@tricast/plan/tools";

const IMAGE = "registry.example.com/iris:1";

function planOf(targets: TargetsConfig, iris: PredictorConfig = {}, more: Partial<Config> = {}) {
  return resolvePlan({ service: "flowers", predictors: { iris }, targets, ...more });
}

function podOf(target: NonNullable<TargetsConfig["kubernetes"]>, iris: PredictorConfig = {}): ResolvedPod {
  const [pod] = planOf({ kubernetes: { image: IMAGE, ...target } }, iris).kubernetes?.containers ?? [];
  return pod ?? assert.fail("no pod");
}

describe("a container", () => {
  it("has every default", () => {
    assert.deepEqual(podOf({}), {
      target: "kubernetes",
      predictor: "iris",
      name: "flowers-dev-iris",
      image: IMAGE,
      timeoutSeconds: 29,
      concurrency: undefined,
      instances: { min: 1, max: 10, targetUtilization: 0.7, schedule: [] },
      endpoint: {
        kind: "http",
        path: "/",
        auth: "none",
        authChosen: false,
        cors: undefined,
        maxBodyMb: undefined,
        loadBalancer: false,
      },
      models: {},
      environment: {},
      secrets: {},
      tags: {},
      memoryMb: 2048,
      cpu: 1,
      architecture: "x64",
      scratchMb: 512,
      grpcPort: undefined,
      queueLength: 8,
    });
  });

  it("takes what is nearer: all, target, predictor, predictor on target", () => {
    const iris = { timeoutSeconds: 3, cpu: 3, on: { kubernetes: { cpu: 4 } } };
    const plan = planOf({ kubernetes: { timeoutSeconds: 2, cpu: 2, scratchMb: 2 } }, iris, {
      settings: { scratchMb: 1, architecture: "arm64" },
    });
    const [pod] = plan.kubernetes?.containers ?? [];
    const { architecture, scratchMb, timeoutSeconds, cpu } = pod ?? assert.fail("no pod");
    assert.deepEqual(
      { architecture, scratchMb, timeoutSeconds, cpu },
      { architecture: "arm64", scratchMb: 2, timeoutSeconds: 3, cpu: 4 },
    );
  });

  it("never has fewer than one instance, and at most what it is told", () => {
    const bounds = ({ instances: { min, max } }: ResolvedPod) => [min, max];
    assert.deepEqual(bounds(podOf({ warmInstances: 0 })), [1, 10]);
    assert.deepEqual(bounds(podOf({ warmInstances: 12 })), [12, 12]);
    assert.deepEqual(bounds(podOf({ warmInstances: { min: 2, max: 20 } })), [2, 20]);
    assert.deepEqual(bounds(podOf({ warmInstances: 2, maxInstances: 3 })), [2, 3]);
  });

  it("is told of a queue by what it serves at once", () => {
    assert.deepEqual(
      [{ cpu: 4 }, { concurrency: 16 }, { concurrency: 1 }, { queueLength: 3 }, { queueLength: false } as const].map(
        (one) => podOf(one).queueLength,
      ),
      [32, 2, 1, 3, undefined],
    );
  });

  it("is not there for a predictor that runs elsewhere", () => {
    const plan = planOf({ kubernetes: {}, aws: { region: "eu-central-1" } }, { targets: ["aws"] });
    assert.deepEqual([plan.kubernetes?.containers, plan.aws?.functions.length], [[], 1]);
  });
});

describe("a site", () => {
  it("is as patient as its predictor, unless it is told otherwise", () => {
    const timeout = (iris: PredictorConfig) =>
      planOf({ nginx: { domain: "models.example.com" } }, iris).nginx?.sites[0]?.timeoutSeconds;
    assert.deepEqual([timeout({}), timeout({ timeoutSeconds: 90 })], [29, 90]);
    assert.equal(timeout({ timeoutSeconds: 90, on: { nginx: { timeoutSeconds: 60 } } }), 60);
  });
});

describe("a configuration of containers", () => {
  const refused: readonly (readonly [TargetsConfig | object, RegExp])[] = [
    [{ kubernetes: { imag: IMAGE } }, /has no key "imag"; did you mean "image"/],
    [{ kubernetes: { packaging: "image" } }, /has no key "packaging"/],
    [{ kubernetes: { grpcPort: 8080 } }, /a port from 1 to 65535, other than 8080; write 8081/],
    [{ kubernetes: { secrets: { A: { kubernetes: "keys" } } } }, /write "<secret>\/<key>"/],
    [{ ecs: {} }, /targets\.ecs\.domain is missing/],
    [{ sagemaker: { instanceType: "c6i.xlarge" } }, /begin with ml\./],
    [{ vertex: { instanceType: "n2-standard-4", region: "europe-west3" } }, /targets\.vertex\.project is missing/],
    [{ azureMl: { instanceType: "Standard_F4s_v2", resourceGroup: "a" } }, /workspace is missing/],
    [{ nginx: { domain: "localhost" } }, /a domain such as/],
    [{ nginx: { domain: "a.example", servers: ["10.0.0.1"] } }, /an address with a port/],
    [{ nginx: { domain: "a.example", certificates: "/etc/x; }" } }, /absolute path of a folder/],
  ];
  for (const [targets, message] of refused) {
    it(`is refused: ${JSON.stringify(targets)}`, () => {
      const problems = findProblems({ service: "flowers", predictors: { iris: {} }, targets });
      assert.match(problems.map((one) => one.message).join("\n"), message);
    });
  }
});

describe("onlyOn", () => {
  it("leaves one target, whose mistakes alone are found then", () => {
    const plan = planOf({ aws: { region: "eu-central-1" }, kubernetes: {} });
    assert.deepEqual(
      checkPlan(plan).map(({ rule }) => rule),
      ["container-image-missing"],
    );
    const { aws, kubernetes, service } = onlyOn(plan, "aws");
    assert.deepEqual([aws, kubernetes, service], [plan.aws, undefined, "flowers"]);
    assert.deepEqual(checkPlan(onlyOn(plan, "aws")), []);
  });
});
