// Compares two deployments of one plan: the template that the Serverless Framework packages with serverless-tricast,
// and the resources that Terraform plans from the module with the real provider's schema and its mock. Both are read as
// the same facts and compared resource by resource. Needs terraform and its provider for AWS.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { checkPlan, type ResolvedPlan, renderServerless, resolvePlan } from "@tricast/plan";
import { isError, onlyOn } from "@tricast/plan/tools";
import fc from "fast-check";
import { configs } from "../../packages/plan/test/support/any-config.ts";
import { ALLOWED, describe, differencesOf } from "../../packages/plan/test/two-renderers/deployment.ts";
import {
  fromCloudFormation,
  type TemplateResource,
} from "../../packages/plan/test/two-renderers/from-cloudformation.ts";
import { fromTerraform, type TerraformResource } from "../../packages/plan/test/two-renderers/from-terraform.ts";
import { makeService, ROOT, type ServerlessService } from "../../test/e2e/support/serverless-service.ts";
import { DEPLOYMENT_CASES, type DeploymentCase } from "../../test/golden/terraform/cases.ts";
import {
  init,
  MOCK,
  OLDER,
  root,
  stageArguments,
  suitProvider,
  terraform,
  whyNoProvider,
  writeArtefacts,
  writeModules,
} from "./terraform/workspace.ts";

const GENERATED = 6;
const SEED = 4;

const skip = whyNoProvider();
const met = new Set<string>();
after(() => rm(root, { recursive: true, force: true }));

for (const one of [...DEPLOYMENT_CASES, ...generatedCases()]) {
  const plans = one.plans.filter(({ aws }) => aws !== undefined);
  if (plans.length > 0) test(`${one.name}: both deploy the same`, { skip }, (context) => compare(context, one, plans));
}

test("every difference on the list occurs", { skip }, () => {
  assert.deepEqual(
    ALLOWED.map(({ path }) => String(path)).filter((path) => !met.has(path)),
    [],
  );
});

async function compare(
  context: { test(name: string, run: () => Promise<void>): Promise<void> },
  one: DeploymentCase,
  plans: readonly ResolvedPlan[],
): Promise<void> {
  const [file] = renderServerless(plans);
  await using service = await makeService(file?.text);
  await lendHandlers(service, plans);
  const folder = join(writeModules(`two/${one.name}`, one.plans), "terraform", "aws");
  suitProvider(folder);
  init(folder);
  for (const plan of plans) {
    await context.test(plan.stage, async () => {
      await service.run(["package", "--stage", plan.stage]);
      const { Resources } = await service.template();
      const left = fromCloudFormation(Resources as Readonly<Record<string, TemplateResource>>, plan);
      const tags = { service: plan.service, stage: plan.stage };
      const found = differencesOf(left, fromTerraform(await made(folder, plan), tags));
      for (const { path } of found) for (const one of ALLOWED) if (one.path.test(path)) met.add(String(one.path));
      assert.deepEqual(describe(found), []);
    });
  }
}

/** Gives every predictor a folder: a copy of iris if this repository does not have one of its name. */
async function lendHandlers({ folder }: ServerlessService, plans: readonly ResolvedPlan[]): Promise<void> {
  await unlink(join(folder, "handlers"));
  await mkdir(join(folder, "handlers"));
  for (const entry of new Set(plans.flatMap(({ aws }) => (aws?.functions ?? []).map((fn) => fn.entry)))) {
    const own = join(ROOT, entry);
    await symlink(existsSync(own) ? own : join(ROOT, "handlers/iris"), join(folder, "handlers", basename(entry)));
  }
}

/** Applies a stage against the provider's mock. @returns the resources of the state. */
async function made(folder: string, plan: ResolvedPlan): Promise<readonly TerraformResource[]> {
  for (const fn of plan.aws?.functions ?? []) writeArtefacts(folder, fn);
  await mkdir(join(folder, "tests"), { recursive: true });
  await writeFile(join(folder, "tests/stage.tftest.hcl"), `${MOCK}\nrun "stage" {\n  command = apply\n}\n`);
  const output = terraform(folder, ["test", "-json", "-verbose", ...stageArguments(folder, plan.stage)]);
  const messages = output.trim().split("\n");
  const state = messages.map((line) => JSON.parse(line) as Message).find(({ type }) => type === "test_state");
  const resources = state?.test_state?.root_module.resources ?? assert.fail("Terraform shows no state");
  return resources.map((one) => (one.type === "aws_lambda_function" ? withOwnRuntime(one) : one));
}

/** developer.hashicorp.com/terraform/internals/machine-readable-ui; the state is as `terraform show -json` writes it. */
interface Message {
  readonly type: string;
  readonly test_state?: { readonly root_module: { readonly resources: readonly TerraformResource[] } };
}

/** Restores the module's runtime: an older provider gets an older one. */
function withOwnRuntime(fn: TerraformResource): TerraformResource {
  const { runtime } = fn.values;
  return runtime === OLDER?.runtime ? { ...fn, values: { ...fn.values, runtime: "nodejs24.x" } } : fn;
}

/** Configurations that the plugin accepts: it refuses those with errors of the rules. */
function generatedCases(): readonly DeploymentCase[] {
  const plans = fc
    .sample(configs, { numRuns: 200, seed: SEED })
    .map((config) => ["dev", "prod"].map((stage) => onlyOn(resolvePlan(config, stage), "aws")));
  return plans
    .filter((stages) => stages.every((plan) => !checkPlan(plan).some(isError)))
    .slice(0, GENERATED)
    .map((stages, index) => ({ name: `generated ${index + 1}`, plans: stages }));
}
