import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEPLOYMENT_CASES } from "../../../../test/golden/terraform/cases.ts";
import { attributes, type Block, block, expr, type Part, type Value } from "../../src/render/terraform/hcl.ts";
import { terraformModules } from "../../src/render/terraform/render-terraform.ts";
import type { TerraformModule } from "../../src/render/terraform/terraform-module.ts";
import { ALLOWED_VALUES } from "./schemas/allowed-values.ts";
import { findProblems } from "./schemas/check-module.ts";
import { BLOCK_TYPES } from "./schemas/rendered-types.ts";
import { SCHEMAS } from "./schemas/schema.ts";

const [azure] = terraformModules(DEPLOYMENT_CASES[0]?.plans ?? []).filter(({ target }) => target === "azure");

/** The module with the app's body changed. */
function withApp(change: (body: readonly Part[]) => readonly Part[]): TerraformModule {
  assert.ok(azure !== undefined);
  const isApp = (part: Part): part is Block =>
    part.kind === "block" && part.labels[0] === "azurerm_function_app_flex_consumption";
  assert.ok(azure.main.some(isApp));
  return { ...azure, main: azure.main.map((part) => (isApp(part) ? { ...part, body: change(part.body) } : part)) };
}

function adding(...parts: readonly Part[]): string[] {
  return findProblems(withApp((body) => [...body, ...parts]));
}

function setting(name: string, value: Value | undefined): string[] {
  const change = (part: Part): Part =>
    part.kind === "attributes" && name in part.values ? attributes({ ...part.values, [name]: value }) : part;
  return findProblems(withApp((body) => body.map(change)));
}

const APP = "azurerm_function_app_flex_consumption";

describe("the check against schemas finds", () => {
  it("nothing where nothing is wrong", () => assert.deepEqual(findProblems(withApp((body) => body)), []));

  for (const [what, problems, expected] of [
    ["an attribute that there is not", adding(attributes({ memory: 1 })), `${APP}.memory: no such attribute`],
    ["a block that there is not", adding(block("scaling", [])), `${APP}.scaling: no such block`],
    [
      "a second block of one that is single",
      adding(block("site_config", [])),
      `${APP}.site_config: there may be one such block`,
    ],
    [
      "a required attribute that is missing",
      setting("runtime_version", undefined),
      `${APP}.runtime_version: must be given`,
    ],
    ["a value of another type", setting("runtime_version", 24), `${APP}.runtime_version: number instead of string`],
    [
      "a word that is not taken",
      setting("runtime_name", "bun"),
      `${APP}.runtime_name: "bun" is none of custom, dotnet-isolated, java, node, powershell, python`,
    ],
    [
      "a required attribute of a nested block",
      adding(block("always_ready", [])),
      `${APP}.always_ready.name: must be given`,
    ],
    [
      "a resource that is referred to and not there",
      setting("runtime_version", expr("azurerm_service_plan.other.id")),
      "azurerm_service_plan.other.id: no such resource",
    ],
    [
      "an attribute of a resource that it has not",
      setting("runtime_version", expr("azurerm_service_plan.function[each.key].url")),
      "azurerm_service_plan.function[each.key].url: azurerm_service_plan has no url",
    ],
    ["a variable that is not declared", setting("runtime_version", expr("var.other")), "var.other: not declared"],
    ["a variable that nobody reads", setting("runtime_version", "24"), "var.node_version: not used"],
    ["an attribute given twice", adding(attributes({ https_only: true })), `${APP}.https_only: given twice`],
  ] as const) {
    it(what, () => assert.ok(problems.includes(expected), problems.join("\n")));
  }
});

describe("the schemas", () => {
  const blocks = DEPLOYMENT_CASES.flatMap(({ plans }) => terraformModules(plans)).flatMap(({ main }) => main);
  const rendered = new Set(blocks.flatMap((part) => (part.kind === "block" ? [`${part.type} ${part.labels[0]}`] : [])));

  it("are of what is rendered, each type by some case, and of nothing else", () => {
    for (const type of Object.values(BLOCK_TYPES).flat()) assert.ok(rendered.has(type), `${type} is not rendered`);
    const types = SCHEMAS.flatMap(({ types }) => Object.keys(types));
    assert.deepEqual(types.toSorted(), Object.values(BLOCK_TYPES).flat().toSorted());
  });

  it("are of the versions that versions.tf asks for", () => {
    for (const module of DEPLOYMENT_CASES.flatMap(({ plans }) => terraformModules(plans))) {
      const schema = SCHEMAS.find(({ provider }) => provider.endsWith(`/${module.provider.name}`));
      const [major, minor] = schema?.version.split(".").map(Number) ?? [];
      const [, asked, least] = /^~> (\d+)\.(\d+)$/.exec(module.provider.version) ?? [];
      assert.equal(major, Number(asked));
      assert.ok((minor ?? -1) >= Number(least), `${module.provider.version} and ${schema?.version}`);
    }
  });

  it("have every attribute whose words are listed", () => {
    for (const path of Object.keys(ALLOWED_VALUES)) {
      const [type = "", ...names] = path.split(".");
      const schema = SCHEMAS.map(({ types }) => types[`resource ${type}`]).find((own) => own !== undefined);
      const attribute = names.pop() ?? "";
      const body = names.reduce<{ blocks: Readonly<Record<string, unknown>>; attributes: object } | undefined>(
        (own, name) => own?.blocks[name] as typeof own,
        schema,
      );
      assert.ok(body !== undefined && attribute in body.attributes, path);
    }
  });
});
