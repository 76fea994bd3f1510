import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Config, resolvePlan, stagesOf } from "@tricast/plan";
import fc from "fast-check";
import { overlay } from "../../src/resolve/overlay.ts";
import { GOOD_CONFIGS } from "../rules/good-configs.ts";

const AWS = { region: "eu-central-1" };
const GCP = { project: "flowers-123", region: "europe-west3" };
const BASE: Config = {
  service: "flowers",
  predictors: { iris: {} },
  targets: { aws: AWS, azure: { location: "westeurope" }, gcp: GCP },
};

function onAws(config: Partial<Config>, stage?: string) {
  const [fn] = resolvePlan({ ...BASE, ...config }, stage).aws?.functions ?? [];
  return fn ?? assert.fail("no function on AWS");
}

describe("defaults", () => {
  const plan = resolvePlan(BASE);

  it("fill everything that nobody said", () => {
    assert.deepEqual(plan.aws?.functions, [
      {
        target: "aws",
        predictor: "iris",
        name: "flowers-dev-iris",
        entry: "handlers/iris",
        memoryMb: 1024,
        cpu: 0.58,
        architecture: "x64",
        timeoutSeconds: 29,
        scratchMb: 512,
        concurrency: 1,
        maxInstances: undefined,
        warm: { min: 0, max: 0, targetUtilization: 0.7, schedule: [] },
        ping: undefined,
        endpoint: {
          kind: "http",
          path: "/iris",
          auth: "none",
          authChosen: false,
          cors: undefined,
          maxBodyMb: undefined,
          loadBalancer: false,
        },
        models: {},
        packaging: "layers",
        image: undefined,
        environment: {},
        secrets: {},
        tags: {},
        logRetentionDays: 14,
        alarms: undefined,
        rollout: { kind: "all-at-once", percent: 10, minutes: 5 },
        measured: undefined,
      },
    ]);
  });

  it("differ between clouds where the clouds do", () => {
    const rows = [plan.aws, plan.azure, plan.gcp].map((target) => target?.functions[0]);
    const seen = rows.map((fn) => [fn?.memoryMb, fn?.cpu, fn?.concurrency, fn?.packaging, fn?.endpoint?.path]);
    assert.deepEqual(seen, [
      [1024, 0.58, 1, "layers", "/iris"],
      [2048, 1, 8, "zip", "/"],
      [1024, 1, 8, "zip", "/"],
    ]);
    assert.deepEqual(
      [plan.aws?.alias, plan.azure?.resourceGroup, plan.gcp?.runAs],
      ["live", "flowers-dev", "function"],
    );
  });

  it("of production add alarms and a dashboard, which a configuration may refuse", () => {
    const prod = resolvePlan(BASE, "prod");
    assert.equal(prod.aws?.dashboard, true);
    assert.deepEqual(prod.gcp?.functions[0]?.alarms, { errorPercent: 1, p99Ms: 23_200, notify: [] });
    assert.equal(onAws({ settings: { alarms: false } }, "prod").alarms, undefined);
    assert.deepEqual(onAws({ settings: { alarms: { p99Ms: 90 } } }).alarms, { errorPercent: 1, p99Ms: 90, notify: [] });
  });

  it("make an image of a Cloud Run service", () => {
    const service = resolvePlan({ ...BASE, targets: { gcp: { ...GCP, runAs: "service" } } });
    assert.equal(service.gcp?.functions[0]?.packaging, "image");
  });

  it("are overridden by what is nearer: all, target, predictor, predictor on target", () => {
    const at = (config: Partial<Config>) => onAws(config).memoryMb;
    const settings = { memoryMb: 256 };
    const targets = { aws: { ...AWS, memoryMb: 512 } };
    assert.equal(at({ settings }), 256);
    assert.equal(at({ settings, targets }), 512);
    assert.equal(at({ settings, targets, predictors: { iris: { memoryMb: 768 } } }), 768);
    assert.equal(
      at({ settings, targets, predictors: { iris: { memoryMb: 768, on: { aws: { memoryMb: 900 } } } } }),
      900,
    );
    assert.equal(at({ settings, predictors: { iris: { on: { gcp: { memoryMb: 900 } } } } }), 256);
  });
});

describe("levels", () => {
  it("merge objects key by key, and null takes a variable away", () => {
    const fn = onAws({
      settings: { environment: { A: "1", B: "2" }, tags: { team: "data" } },
      predictors: { iris: { environment: { B: null, C: "3" }, tags: { owner: "ana" } } },
    });
    assert.deepEqual(fn.environment, { A: "1", C: "3" });
    assert.deepEqual(fn.tags, { team: "data", owner: "ana" });
  });

  it("let a number of warm instances be the least of what a nearer one adds", () => {
    const warm = onAws({ settings: { warmInstances: 2 }, predictors: { iris: { warmInstances: { max: 9 } } } }).warm;
    assert.deepEqual([warm.min, warm.max], [2, 9]);
    const number = onAws({
      settings: { warmInstances: { min: 2, max: 9 } },
      predictors: { iris: { warmInstances: 4 } },
    });
    assert.deepEqual([number.warm.min, number.warm.max], [4, 4]);
  });

  it("replace a secret and an issuer as a whole", () => {
    const fn = onAws({
      settings: { secrets: { A: { keyVault: "https://v.vault.azure.net/secrets/a" }, B: { ssm: "/b" } } },
      predictors: { iris: { on: { aws: { secrets: { A: { ssm: "/a" } } } } } },
    });
    assert.deepEqual(fn.secrets, { A: { ssm: "/a" }, B: { ssm: "/b" } });
    const first = { issuer: "https://one.dev/", audience: ["one"] };
    const second = { issuer: "https://two.dev/", audience: ["two"] };
    const auth = onAws({
      settings: { endpoint: { auth: first, path: "/v1" } },
      predictors: { iris: { endpoint: { auth: second } } },
    }).endpoint;
    assert.deepEqual([auth?.auth, auth?.path], [second, "/v1"]);
  });

  it("turn pings and endpoints off and on again", () => {
    assert.equal(onAws({ settings: { ping: {} }, predictors: { iris: { ping: false } } }).ping, undefined);
    assert.deepEqual(onAws({ settings: { ping: false }, predictors: { iris: { ping: { every: "2 hours" } } } }).ping, {
      everyMinutes: 120,
      concurrency: 1,
    });
    assert.equal(onAws({ predictors: { iris: { endpoint: false } } }).endpoint, undefined);
  });
});

describe("stages", () => {
  const stages = { dev: {}, staging: { settings: { memoryMb: 333 } }, prod: { targets: { aws: { alias: "prod" } } } };

  it("are those of the configuration, or dev and prod", () => {
    assert.deepEqual(stagesOf(BASE), ["dev", "prod"]);
    assert.deepEqual(stagesOf({ ...BASE, stages }), ["dev", "staging", "prod"]);
    assert.equal(resolvePlan({ ...BASE, stages }).stage, "dev");
  });

  it("are laid over the document before its levels are read", () => {
    assert.equal(onAws({ stages }, "staging").memoryMb, 333);
    assert.equal(onAws({ stages, predictors: { iris: { memoryMb: 100 } } }, "staging").memoryMb, 100);
    assert.equal(resolvePlan({ ...BASE, stages }, "prod").aws?.alias, "prod");
  });

  it("that nobody knows are refused with the nearest one", () => {
    assert.throws(() => resolvePlan({ ...BASE, stages }, "stagin"), /no stage "stagin"; did you mean "staging"\?/);
    assert.throws(() => resolvePlan(BASE, "qqqqqqqq"), /stages: dev, prod/);
  });

  it("may add a target, which must then be whole", () => {
    const added = { ...BASE, targets: { aws: AWS }, stages: { prod: { targets: { gcp: GCP } } } };
    assert.equal(resolvePlan(added, "prod").gcp?.project, "flowers-123");
    const part = { ...added, stages: { prod: { targets: { gcp: { memoryMb: 512 } } } } };
    assert.throws(() => resolvePlan(part, "prod"), /targets\.gcp\.project is missing/);
  });
});

describe("models", () => {
  it("tell the predictor by a variable where each is", () => {
    const one = onAws({ predictors: { iris: { model: "s3://flowers/iris" } } });
    assert.deepEqual(one.models, { model: "s3://flowers/iris" });
    assert.deepEqual(one.environment, { TRICAST_MODEL_IRIS: "s3://flowers/iris" });
    const two = resolvePlan({
      ...BASE,
      predictors: { "iris-2": { model: { "petal-net": "s3://flowers/petal", sepal: "s3://flowers/sepal" } } },
    }).aws?.functions[0];
    assert.deepEqual(two?.environment, {
      TRICAST_MODEL_IRIS_2_PETAL_NET: "s3://flowers/petal",
      TRICAST_MODEL_IRIS_2_SEPAL: "s3://flowers/sepal",
    });
  });
});

describe("names", () => {
  const long = "p".repeat(63);
  const config: Config = { ...BASE, service: "s".repeat(32), predictors: { [long]: {}, [`${long.slice(1)}q`]: {} } };
  const limits = { aws: 64, azure: 60, gcp: 63 } as const;

  it("fit each cloud and stay different when they are cut", () => {
    const plan = resolvePlan(config, "prod");
    for (const [target, limit] of Object.entries(limits)) {
      const names = plan[target as keyof typeof limits]?.functions.map(({ name }) => name) ?? [];
      assert.equal(new Set(names).size, 2);
      for (const name of names) assert.ok(name.length === limit && /-[0-9a-f]{6}$/.test(name), name);
    }
  });

  it("of Cloud Run services are shorter still", () => {
    const plan = resolvePlan({ ...config, targets: { gcp: { ...GCP, runAs: "service" } } }, "prod");
    for (const { name } of plan.gcp?.functions ?? assert.fail()) assert.equal(name.length, 49);
  });
});

describe("a plan", () => {
  it("is equal for equal configurations, and leaves them as they were", () => {
    for (const { config, stage } of GOOD_CONFIGS) {
      const before = JSON.stringify(config);
      assert.deepEqual(resolvePlan(config, stage), resolvePlan(structuredClone(config), stage));
      assert.equal(JSON.stringify(config), before);
    }
  });

  it("says what was measured of each function", () => {
    const measured = { artefacts: [], modelBytes: 7, peakMemoryBytes: 9 };
    const plan = resolvePlan(BASE, "dev", { iris: { gcp: measured } });
    assert.deepEqual([plan.aws?.functions[0]?.measured, plan.gcp?.functions[0]?.measured], [undefined, measured]);
  });
});

describe("an overlay", () => {
  const json = fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.oneof(fc.integer(), fc.dictionary(fc.constantFrom("x", "y"), fc.integer())),
  );

  it("of nothing changes nothing, and what lies on top is found again", () => {
    fc.assert(
      fc.property(json, json, (base, over) => {
        assert.deepEqual(overlay(base, {}), { ...base });
        const merged: Record<string, unknown> = overlay(base, over);
        for (const [key, value] of Object.entries(over)) {
          if (typeof value === "number") assert.equal(merged[key], value);
          else
            for (const [inner, leaf] of Object.entries(value)) assert.equal((merged[key] as typeof value)[inner], leaf);
        }
      }),
    );
  });
});
