import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DEPLOYMENT_CASES } from "../../../../test/golden/terraform/cases.ts";
import { type Config, renderTerraform, resolvePlan } from "../../src/index.ts";
import { terraformModules } from "../../src/render/terraform/render-terraform.ts";
import { configs, TARGETS } from "../support/any-config.ts";
import { findProblems } from "./schemas/check-module.ts";

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
      message: /"s3:\/\/bucket"; it must name a model .* s3:\/\/bucket\/models\/iris/,
    });
  });
});

function textOf(path: string): (file: { readonly path: string; readonly text: string }) => string {
  return (file) => (file.path === path ? file.text : "");
}
