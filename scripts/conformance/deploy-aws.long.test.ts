// Runs tricast deploy aws --via terraform against moto, an emulator of AWS's APIs. The deployment, read with AWS's own
// SDK, must match the plan, must not change at the second run, and must be removable. Needs terraform and its provider
// for AWS, like terraform.ts, Python 3 with venv, and PyPI or another source of packages.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../check/repository.ts";
import type { Description } from "./deploy-aws/description.ts";
import { type Emulator, startEmulator } from "./deploy-aws/emulator.ts";
import { foundIn } from "./deploy-aws/found.ts";
import { plannedBy } from "./deploy-aws/planned.ts";
import { type Change, makeProject, type Project } from "./deploy-aws/project.ts";
import { providePythonTool } from "./support/python-tool.ts";

const MOTO = "moto[server]==5.2.5";
/** tricast checks for it before a gradual deployment. */
const AWS_CLI = "awscli==1.45.11";
const DESCRIBE = join(ROOT, "scripts/conformance/deploy-aws/describe.py");

const DESCRIBE_MS = 120_000;

/** dev has pings and an open function URL; prod has provisioned concurrency, its schedule, alarms and a rollout. */
const STAGES = ["dev", "prod"];

/** Attributes that Terraform would change a second time, because moto does not keep them. */
const FORGOTTEN: Readonly<Record<string, readonly string[]>> = {
  // A patch operation has the media type in its path, but moto reads the value, which is absent.
  "aws_api_gateway_rest_api.rest": ["binary_media_types"],
  "aws_appautoscaling_target.scheduled": ["tags_all"],
  "aws_codedeploy_deployment_group.function": ["alarm_configuration", "load_balancer_info"],
};

let emulator: Emulator;
let project: Project;
let python: string;
before(async () => {
  const [terraform] = (await promisify(execFile)("terraform", ["version"])).stdout.split("\n");
  const moto = providePythonTool(MOTO);
  python = join(moto, "python");
  emulator = await startEmulator(moto);
  project = await makeProject(emulator.url, [providePythonTool(AWS_CLI)]);
  console.log(`${terraform} against ${MOTO}`);
});
after(async () => {
  await project?.[Symbol.asyncDispose]();
  await emulator?.[Symbol.asyncDispose]();
});

const forgotten = new Set<string>();
for (const stage of STAGES) {
  test(`${stage}: deployed, as planned, unchanged at the second run, removed`, async (context) => {
    await context.test("tricast deploy creates everything, and tries the reported endpoints", () => deploys(stage));
    await context.test("AWS's APIs report what the plan has", () => isAsPlanned(stage));
    await context.test("a second time Terraform changes only attributes that moto forgets", () => isLeftAlone(stage));
    await context.test("terraform destroy leaves nothing", () => isTakenAway(stage));
  });
}

test("moto lacks exactly the calls that are answered in its place", () => {
  assert.deepEqual(emulator.problems, []);
  assert.deepEqual([...emulator.filled].sort(), [...emulator.gaps].sort());
  assert.deepEqual([...forgotten].sort(), Object.keys(FORGOTTEN).sort());
});

async function deploys(stage: string): Promise<void> {
  const { exitCode, endpoints, smoke } = await project.deploy(stage);
  const { aws } = await project.plan(stage);
  assert.deepEqual(Object.keys(endpoints).sort(), aws?.functions.map(({ predictor }) => predictor).sort());
  // moto keeps code, but does not run it, so the smoke test fails and reports that no endpoint answers.
  assert.equal(exitCode, 1);
  assert.ok(smoke.length >= Object.keys(endpoints).length);
  for (const { ok, problem } of smoke) assert.ok(!ok && problem.includes("does not answer"), problem);
  for (const url of Object.values(endpoints)) assert.ok(project.asked.has(`${new URL(url).host}:443`), url);
}

async function isAsPlanned(stage: string): Promise<void> {
  const plan = await project.plan(stage);
  const description = await describe(plan.aws?.region ?? "");
  const planned = plannedBy(plan, join(project.folder, ".tricast"));
  assert.deepEqual(foundIn(description), planned);
  const dashboards = plan.aws?.dashboard ? [`${plan.service}-${plan.stage}`] : [];
  assert.deepEqual(
    description.dashboards.map(({ DashboardName }) => DashboardName),
    dashboards,
  );
}

async function isLeftAlone(stage: string): Promise<void> {
  for (const { address, change } of await project.changes(stage)) {
    const known = address.replace(/\[.*$/, "");
    const what = differences(change);
    assert.deepEqual([address, change.actions, what], [address, ["update"], FORGOTTEN[known]]);
    forgotten.add(known);
  }
}

function differences({ before, after }: Change["change"]): readonly string[] {
  const names = Object.keys({ ...before, ...after }).sort();
  return names.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
}

async function isTakenAway(stage: string): Promise<void> {
  const { aws } = await project.plan(stage);
  await project.destroy(stage);
  const { scaling, ...others } = await describe(aws?.region ?? "");
  const left = Object.entries({ ...scaling, ...others }).filter(([, { length }]) => length > 0);
  assert.deepEqual(left, []);
}

/** In a child process, because the emulator answers from this thread. */
async function describe(region: string): Promise<Description> {
  const env = {
    PATH: process.env.PATH,
    ...{ AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing", AWS_ENDPOINT_URL: emulator.url },
  };
  const { stdout } = await promisify(execFile)(python, [DESCRIBE, region], {
    env,
    timeout: DESCRIBE_MS,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout);
}
