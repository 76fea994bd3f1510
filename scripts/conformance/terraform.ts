// Rendered Terraform against Terraform itself: layout, validation with the real AWS provider, and an apply against its
// mock that counts what comes out. Needs terraform, and the provider from a mirror (TF_PLUGIN_MIRROR) or the network.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { messageOf } from "@tricast/core/adapter";
import { type ResolvedAws, type ResolvedFunction, type ResolvedPlan, renderTerraform } from "@tricast/plan";
import { terraformModules } from "../../packages/plan/src/render/terraform/render-terraform.ts";
import type { TerraformModule } from "../../packages/plan/src/render/terraform/terraform-module.ts";
import { DEPLOYMENT_CASES, type DeploymentCase } from "../../test/golden/terraform/cases.ts";
import { checkValues } from "./terraform/check-values.ts";
import { mirroredVersion, olderProvider, WANTED } from "./terraform/older-provider.ts";
import { providerMirror } from "./terraform/provider-mirror.ts";
import { shadowModule, typeOfShadow } from "./terraform/shadow.ts";

const MIRROR = providerMirror();
const RUN_MS = 180_000;
const OLDER = MIRROR === undefined ? undefined : olderProvider(MIRROR);

const root = mkdtempSync(join(tmpdir(), "tricast-terraform-"));
/** Where there is no mirror, the registry is asked for the provider once. */
const CACHE = join(root, "providers");
mkdirSync(CACHE);
const withoutProvider = whyNoProvider();
before(() => {
  const { terraform_version: version } = JSON.parse(terraform(root, ["version", "-json"])) as Record<string, string>;
  console.log(
    `terraform ${version}, provider for AWS ${MIRROR === undefined ? "from the registry" : mirroredVersion(MIRROR)}`,
  );
});
after(() => rmSync(root, { recursive: true, force: true }));

for (const one of DEPLOYMENT_CASES) {
  test(`${one.name}: as terraform fmt lays it out`, () => {
    const folder = write(one, "fmt");
    terraform(folder, ["fmt", "-check", "-diff", "-recursive"]);
  });
  for (const module of terraformModules(one.plans)) {
    test(`${one.name}: every expression of ${module.target} evaluates in ${module.stage}, to what the provider takes`, () =>
      evaluate(one, module));
  }
  if (one.plans.some(({ aws }) => aws !== undefined)) testAws(one);
}

/** Applies the module with stand-ins for the resources, and holds every value to the published schema. */
function evaluate(one: DeploymentCase, module: TerraformModule): void {
  const folder = join(write(one, `shadow-${module.stage}`), "terraform", module.target);
  const shadow = shadowModule(module);
  writeFileSync(join(folder, "main.tf"), shadow.main);
  writeFileSync(join(folder, "outputs.tf"), shadow.outputs);
  rmSync(join(folder, "versions.tf"));
  const functions = Object.keys(module.values.functions as object);
  const plan = one.plans.find(({ stage }) => stage === module.stage);
  for (const fn of plan?.[module.target]?.functions ?? []) writeArtefacts(folder, fn);
  const hasArtefacts = module.variables.some(({ labels }) => labels[0] === "artefacts");
  terraform(folder, ["init", "-input=false"]);
  const given = [`-var-file=${module.stage}.tfvars`, ...(hasArtefacts ? ["-var=artefacts=artefacts"] : [])];
  terraform(folder, ["apply", "-auto-approve", "-input=false", ...given]);
  const state = JSON.parse(terraform(folder, ["show", "-json"])) as State;
  const problems = state.values.root_module.resources.flatMap(({ name, values }) =>
    checkValues(typeOfShadow(name), values.input).map((problem) => `${name}: ${problem}`),
  );
  assert.deepEqual(problems, []);
  const endpoints = state.values.outputs.endpoints?.value ?? {};
  assert.deepEqual(Object.keys(endpoints).sort(), functions.sort());
}

interface State {
  readonly values: {
    readonly outputs: Readonly<Record<string, { readonly value: Readonly<Record<string, unknown>> }>>;
    readonly root_module: {
      readonly resources: readonly {
        readonly name: string;
        readonly values: { readonly input: Readonly<Record<string, unknown>> };
      }[];
    };
  };
}

function testAws(one: DeploymentCase): void {
  const title = `${one.name}: valid for the provider for AWS, and every stage makes what its plan says`;
  test(title, { skip: withoutProvider }, async (context) => {
    const folder = join(write(one, "aws"), "terraform", "aws");
    suitProvider(folder);
    init(folder);
    const { valid, diagnostics } = JSON.parse(terraform(folder, ["validate", "-json"])) as {
      valid: boolean;
      diagnostics: readonly { summary: string }[];
    };
    assert.deepEqual({ valid, diagnostics }, { valid: true, diagnostics: [] });
    for (const plan of one.plans) {
      if (plan.aws !== undefined) await context.test(plan.stage, () => apply(folder, plan, plan.aws as ResolvedAws));
    }
  });
}

/** Why the tests of the provider are left out, which the check reports as not run; with `CI=true` they fail instead. */
function whyNoProvider(): string | false {
  if (process.env.CI === "true") return false;
  const folder = join(root, "provider");
  mkdirSync(folder);
  const version = MIRROR === undefined ? WANTED : ">= 0";
  const aws = `aws = {\n      source = "hashicorp/aws"\n      version = "${version}"\n    }`;
  writeFileSync(join(folder, "main.tf"), `terraform {\n  required_providers {\n    ${aws}\n  }\n}\n`);
  try {
    init(folder);
    return false;
  } catch (error) {
    console.error(
      `\n!! NOT RUN: the provider for AWS cannot be had here; TF_PLUGIN_MIRROR names a mirror\n${messageOf(error)}\n`,
    );
    return "the provider for AWS cannot be had here";
  }
}

function init(folder: string): void {
  terraform(folder, ["init", "-backend=false", "-input=false", ...(MIRROR ? [`-plugin-dir=${MIRROR}`] : [])]);
}

function write({ name, plans }: DeploymentCase, purpose: string): string {
  const folder = join(root, purpose, name);
  for (const { path, text } of renderTerraform(plans)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function suitProvider(folder: string): void {
  if (OLDER === undefined) return;
  const main = join(folder, "main.tf");
  writeFileSync(main, readFileSync(main, "utf8").replace(OLDER.unknownAttribute, ""));
  writeFileSync(join(folder, OLDER.override.name), OLDER.override.text);
}

/** Applies one stage against the provider's mock and compares how many there are of each kind. */
function apply(folder: string, plan: ResolvedPlan, aws: ResolvedAws): void {
  for (const one of aws.functions) writeArtefacts(folder, one);
  const tests = join(folder, "tests");
  rmSync(tests, { recursive: true, force: true });
  mkdirSync(tests);
  const declared = readFileSync(join(folder, "main.tf"), "utf8");
  const asserts = Object.entries(expectedCounts(aws))
    .filter(([address]) => declared.includes(`resource "${address.replace(".", '" "')}"`) || mustExist(address, aws))
    .map(([address, count]) => assertCount(address, count));
  writeFileSync(
    join(tests, "stage.tftest.hcl"),
    [MOCK, `run "stage" {\n  command = apply\n${asserts.join("")}}\n`].join("\n"),
  );
  const variables = readFileSync(join(folder, "variables.tf"), "utf8");
  const given = [
    ...(variables.includes('"artefacts"') ? ["-var=artefacts=artefacts"] : []),
    ...(OLDER !== undefined && variables.includes('"runtime"') ? [`-var=runtime=${OLDER.runtime}`] : []),
  ];
  const output = terraform(folder, ["test", `-var-file=${plan.stage}.tfvars`, ...given]);
  assert.match(output, /1 passed, 0 failed/);
}

function mustExist(address: string, aws: ResolvedAws): boolean {
  return (expectedCounts(aws)[address] ?? 0) > 0;
}

const FOLDERS = {
  aws: ({ architecture }: ResolvedFunction) => `aws-lambda-${architecture}`,
  azure: () => "azure-functions-x64",
  gcp: () => "cloud-functions-x64",
};
const FILES = { aws: ["function.zip", "runtime-layer.zip"], azure: ["app.zip"], gcp: ["source.zip"] };

/** A zip is only read and hashed. */
function writeArtefacts(folder: string, one: ResolvedFunction): void {
  const own = join(folder, "artefacts", one.predictor, FOLDERS[one.target](one));
  mkdirSync(own, { recursive: true });
  for (const file of FILES[one.target]) writeFileSync(join(own, file), file);
}

function expectedCounts({ functions, dashboard }: ResolvedAws): Readonly<Record<string, number>> {
  const count = (has: (one: ResolvedAws["functions"][number]) => boolean) => functions.filter(has).length;
  const sum = (of: (one: ResolvedAws["functions"][number]) => number) =>
    functions.reduce((all, one) => all + of(one), 0);
  const isScaled = ({ warm }: ResolvedAws["functions"][number]) => warm.max > warm.min || warm.schedule.length > 0;
  const http = count(({ endpoint }) => endpoint?.kind === "http");
  const rest = count(({ endpoint }) => endpoint?.kind === "rest");
  const urls = count(({ endpoint }) => endpoint?.kind === "function-url");
  const open = count(({ endpoint }) => endpoint?.kind === "function-url" && endpoint.auth === "none");
  return {
    "aws_lambda_function.function": functions.length,
    "aws_lambda_layer_version.layer": count(({ packaging }) => packaging === "layers"),
    "aws_cloudwatch_log_group.function": functions.length,
    "aws_lambda_alias.function": count(({ rollout }) => rollout.kind === "all-at-once"),
    "aws_lambda_alias.gradual": count(({ rollout }) => rollout.kind !== "all-at-once"),
    "aws_codedeploy_deployment_group.function": count(({ rollout }) => rollout.kind !== "all-at-once"),
    "aws_lambda_provisioned_concurrency_config.fixed": count((one) => one.warm.min > 0 && !isScaled(one)),
    "aws_lambda_provisioned_concurrency_config.scaled": count(isScaled),
    "aws_appautoscaling_policy.utilization": count(({ warm }) =>
      [warm, ...warm.schedule].some(({ min, max }) => max > min),
    ),
    "aws_appautoscaling_scheduled_action.window": sum(({ warm }) => warm.schedule.length),
    "aws_cloudwatch_event_rule.ping": sum(({ ping }) => Math.ceil((ping?.concurrency ?? 0) / 5)),
    "aws_cloudwatch_event_target.ping": sum(({ ping }) => ping?.concurrency ?? 0),
    "aws_apigatewayv2_route.http": 2 * http,
    "aws_apigatewayv2_authorizer.jwt": count(({ endpoint }) => typeof endpoint?.auth === "object"),
    "aws_lambda_permission.http": http,
    "aws_lambda_permission.rest": rest,
    "aws_api_gateway_usage_plan_key.rest": count(({ endpoint }) => endpoint?.auth === "api-key") > 0 ? 1 : 0,
    "aws_lambda_function_url.function": urls,
    "aws_lambda_permission.url": open,
    "aws_lambda_permission.url_invoke": open,
    "aws_cloudwatch_metric_alarm.errors": count(({ alarms }) => alarms !== undefined),
    "aws_cloudwatch_metric_alarm.server_errors": count(
      ({ alarms, endpoint }) => alarms !== undefined && endpoint !== undefined,
    ),
    "aws_cloudwatch_dashboard.service": dashboard ? 1 : 0,
  };
}

function assertCount(address: string, count: number): string {
  return [
    "",
    "  assert {",
    `    condition     = length(${address}) == ${count}`,
    `    error_message = "\${length(${address})} of ${address} instead of ${count}"`,
    "  }",
    "",
  ].join("\n");
}

/** Where the provider checks the form of what another resource gives. */
const MOCK = `mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/mock" }
  }
  mock_resource "aws_lambda_alias" {
    defaults = {
      arn        = "arn:aws:lambda:eu-central-1:111122223333:function:mock:live"
      invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/mock/invocations"
    }
  }
  mock_resource "aws_lambda_layer_version" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:111122223333:layer:mock:1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:mock" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:111122223333:rule/mock" }
  }
  mock_resource "aws_apigatewayv2_api" {
    defaults = { execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:mock" }
  }
  mock_resource "aws_api_gateway_rest_api" {
    defaults = { execution_arn = "arn:aws:execute-api:eu-central-1:111122223333:mock" }
  }
}
`;

function terraform(folder: string, args: readonly string[]): string {
  const cache = MIRROR ? {} : { TF_PLUGIN_CACHE_DIR: CACHE };
  const env = { ...process.env, ...cache, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" };
  const { status, stdout, stderr, error } = spawnSync("terraform", args, {
    cwd: folder,
    env,
    encoding: "utf8",
    timeout: RUN_MS,
  });
  if (error !== undefined) throw new Error(`terraform ${args[0]} could not be run: ${error.message}`, { cause: error });
  assert.equal(status, 0, `terraform ${args.join(" ")} in ${folder}:\n${stdout}${stderr}`);
  return stdout;
}
