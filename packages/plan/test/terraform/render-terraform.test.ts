import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DEPLOYMENT_CASES } from "../../../../test/golden/terraform/cases.ts";
import { type Config, type PredictorConfig, renderTerraform, resolvePlan, type Settings } from "../../src/index.ts";
import { terraformModules } from "../../src/render/terraform/render-terraform.ts";
import { findProblems } from "./schemas/check-module.ts";

const TARGETS = {
  aws: { region: "eu-central-1" },
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

const configs: fc.Arbitrary<Config> = fc
  .tuple(settings, predictor, predictor, settings, predictor)
  .map(([all, first, second, prod, firstInProd]) => ({
    service: "any",
    predictors: { first, second },
    settings: all,
    targets: TARGETS,
    stages: { dev: {}, prod: { settings: prod, predictors: { first: firstInProd } } },
  }));

describe("renderTerraform", () => {
  for (const { name, plans } of DEPLOYMENT_CASES) {
    it(`writes nothing for ${name} that the providers do not publish`, () => {
      for (const module of terraformModules(plans)) {
        assert.deepEqual(findProblems(module), [], `${module.target}, ${module.stage}`);
      }
    });
  }

  it("writes nothing that the providers do not publish for any plan, and the same bytes again", () => {
    fc.assert(
      fc.property(configs, (config) => {
        const plans = ["dev", "prod"].map((stage) => resolvePlan(config, stage));
        for (const module of terraformModules(plans)) assert.deepEqual(findProblems(module), []);
        assert.deepEqual(renderTerraform(plans), renderTerraform(structuredClone(plans)));
      }),
      { numRuns: 60 },
    );
  });

  it("gives all stages one module, which holds what any of them needs", () => {
    const config: Config = {
      service: "any",
      predictors: { iris: {} },
      targets: TARGETS,
      stages: { dev: {}, prod: { settings: { warmInstances: 2 } } },
    };
    const [dev, prod] = ["dev", "prod"].map((stage) => resolvePlan(config, stage));
    assert.ok(dev !== undefined && prod !== undefined);
    const both = renderTerraform([dev, prod]);
    assert.equal(new Set(both.map(({ path }) => path)).size, both.length);
    assert.deepEqual(
      renderTerraform([prod, dev]).map(textOf("terraform/aws/main.tf")).join(""),
      both.map(textOf("terraform/aws/main.tf")).join(""),
    );
    assert.match(both.map(textOf("terraform/aws/main.tf")).join(""), /provisioned_concurrency_config/);
    assert.doesNotMatch(
      renderTerraform([dev]).map(textOf("terraform/aws/main.tf")).join(""),
      /provisioned_concurrency/,
    );
    const values = ["dev", "prod"].map((stage) => `terraform/gcp/${stage}.tfvars`);
    for (const path of values)
      assert.ok(
        both.some((file) => file.path === path),
        path,
      );
  });

  it("keeps the values of secrets out, and only refers to them where the platform can", () => {
    const remote = DEPLOYMENT_CASES.find(({ name }) => name === "remote-model");
    const files = renderTerraform(remote?.plans ?? []);
    assert.match(files.map(textOf("terraform/azure/main.tf")).join(""), /@Microsoft\.KeyVault\(SecretUri=/);
    assert.match(files.map(textOf("terraform/gcp/main.tf")).join(""), /secret_environment_variables/);
    assert.doesNotMatch(files.map(textOf("terraform/azure/main.tf")).join(""), /azurerm_key_vault_secret/);
  });

  it("lets a function read its own model and nothing beside it", () => {
    const remote = DEPLOYMENT_CASES.find(({ name }) => name === "remote-model");
    const files = renderTerraform(remote?.plans ?? []);
    const values = files.map(textOf("terraform/aws/dev.tfvars")).join("");
    assert.match(values, /bucket {2}= "flowers-models"\n\s+objects = "store\/iris\/\*"/);
    assert.match(files.map(textOf("terraform/gcp/dev.tfvars")).join(""), /prefix {4}= "labels\.onnx"/);
  });

  it("refuses a secret in another cloud's store, with the place to write another", () => {
    const config: Config = {
      service: "any",
      predictors: { iris: { secrets: { TOKEN: { ssm: "/token" } } } },
      targets: TARGETS,
    };
    assert.throws(() => renderTerraform([resolvePlan(config)]), {
      code: "invalid-option",
      message: /secrets\.TOKEN of iris on azure is in ssm; .* on\.azure\.secrets/,
    });
  });

  it("refuses a model address without a model", () => {
    const config: Config = {
      service: "any",
      predictors: { iris: { model: "s3://bucket" } },
      targets: { aws: TARGETS.aws },
    };
    assert.throws(() => renderTerraform([resolvePlan(config)]), {
      code: "invalid-option",
      message: /"s3:\/\/bucket"; it names no model .* s3:\/\/bucket\/models\/iris/,
    });
  });
});

function textOf(path: string): (file: { readonly path: string; readonly text: string }) => string {
  return (file) => (file.path === path ? file.text : "");
}
