import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("./fixtures/cold-start.ts", import.meta.url));

/** What three invocations of a fresh process report: `first` says whether the first is traffic or a ping. */
async function invoked(platform: string, first: "traffic" | "ping", type?: string) {
  const env: NodeJS.ProcessEnv = { ...process.env, TRICAST_LOG_LEVEL: "error" };
  delete env.AWS_LAMBDA_INITIALIZATION_TYPE;
  if (type !== undefined) env.AWS_LAMBDA_INITIALIZATION_TYPE = type;
  const args = ["--conditions=@tricast/source", script, platform, first];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
  return JSON.parse(stdout) as { cold: boolean[]; type: string };
}

const ON_DEMAND = [true, false, false];
const NEVER = [false, false, false];

/** One row for each value of AWS_LAMBDA_INITIALIZATION_TYPE there is, one for none, one for what may come. */
const TYPES: readonly [set: string | undefined, read: string, cold: boolean[]][] = [
  ["on-demand", "on-demand", ON_DEMAND],
  ["provisioned-concurrency", "provisioned-concurrency", NEVER],
  ["snap-start", "snap-start", NEVER],
  ["lambda-managed-instances", "lambda-managed-instances", NEVER],
  [undefined, "on-demand", ON_DEMAND],
  ["something-new", "on-demand", ON_DEMAND],
];

for (const [set, read, cold] of TYPES) {
  const when = cold[0] ? "the first invocation is a cold start, and no other" : "no invocation is a cold start";
  test(`with initialization type ${set}, ${when}`, async () => {
    assert.deepEqual(await invoked("aws-lambda", "traffic", set), { cold, type: read });
  });
}

test("a ping takes the cold start upon itself, so that traffic after it is warm", async () => {
  assert.deepEqual(await invoked("aws-lambda", "ping", "on-demand"), { cold: ON_DEMAND, type: "on-demand" });
});

test("elsewhere than on Lambda its variable means nothing", async () => {
  assert.deepEqual(await invoked("cloud-functions", "traffic", "provisioned-concurrency"), {
    cold: ON_DEMAND,
    type: "on-demand",
  });
});
