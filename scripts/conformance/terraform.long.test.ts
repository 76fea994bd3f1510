// Checks rendered Terraform with Terraform itself: format, validation with the real AWS provider, and an apply against
// its mock that counts the resources. Needs terraform, and the provider from a mirror (TF_PLUGIN_MIRROR) or the
// network.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ResolvedPlan } from "@tricast/plan";
import type { ResolvedAws } from "@tricast/plan/tools";
import { terraformModules } from "../../packages/plan/src/render/terraform/render-terraform.ts";
import type { TerraformModule } from "../../packages/plan/src/render/terraform/terraform-module.ts";
import { DEPLOYMENT_CASES, type DeploymentCase } from "../../test/golden/terraform/cases.ts";
import { checkValues } from "./terraform/check-values.ts";
import { mirroredVersion } from "./terraform/older-provider.ts";
import { shadowModule, typeOfShadow } from "./terraform/shadow.ts";
import {
  init,
  MIRROR,
  MOCK,
  root,
  stageArguments,
  suitProvider,
  terraform,
  whyNoProvider,
  writeArtefacts,
  writeModules,
} from "./terraform/workspace.ts";

const withoutProvider = whyNoProvider();
before(() => {
  const { terraform_version: version } = JSON.parse(terraform(root, ["version", "-json"])) as Record<string, string>;
  console.log(
    `terraform ${version}, provider for AWS ${MIRROR === undefined ? "from the registry" : mirroredVersion(MIRROR)}`,
  );
});
after(() => rmSync(root, { recursive: true, force: true }));

for (const one of DEPLOYMENT_CASES) {
  test(`${one.name}: formatted as by terraform fmt`, () => {
    const folder = writeModules(`fmt/${one.name}`, one.plans);
    terraform(folder, ["fmt", "-check", "-diff", "-recursive"]);
  });
  for (const module of terraformModules(one.plans)) {
    test(`${one.name}: every expression of ${module.target} evaluates in ${module.stage}, to a value that the provider accepts`, () =>
      evaluate(one, module));
  }
  if (one.plans.some(({ aws }) => aws !== undefined)) testAws(one);
}

/** Applies the module with substitutes for the resources, and checks every value with the published schema. */
function evaluate(one: DeploymentCase, module: TerraformModule): void {
  const folder = join(writeModules(`shadow-${module.stage}/${one.name}`, one.plans), "terraform", module.target);
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
  const title = `${one.name}: valid for the provider for AWS, and every stage has the resources of its plan`;
  test(title, { skip: withoutProvider }, async (context) => {
    const folder = join(writeModules(`aws/${one.name}`, one.plans), "terraform", "aws");
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

/** Applies one stage against the provider's mock and compares the number of resources of each kind. */
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
  const output = terraform(folder, ["test", ...stageArguments(folder, plan.stage)]);
  assert.match(output, /1 passed, 0 failed/);
}

function mustExist(address: string, aws: ResolvedAws): boolean {
  return (expectedCounts(aws)[address] ?? 0) > 0;
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
