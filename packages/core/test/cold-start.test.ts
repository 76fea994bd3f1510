import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { InitializationType } from "@tricast/core/adapter";

const script = fileURLToPath(new URL("./fixtures/cold-start.ts", import.meta.url));

/** What three invocations of a fresh process report: `first` says whether the first is traffic or a ping. */
async function invoked(type: InitializationType | undefined, first: "traffic" | "ping") {
  const env = { ...process.env, TRICAST_LOG_LEVEL: "error" };
  const args = ["--conditions=@tricast/source", script, type ?? "", first];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
  return JSON.parse(stdout) as { cold: boolean[]; type: string };
}

const ON_DEMAND = [true, false, false];
const NEVER = [false, false, false];

/** One row for each initialization type a platform may report, and one for a platform that does not. */
const TYPES: readonly [reported: InitializationType | undefined, read: InitializationType, cold: boolean[]][] = [
  ["on-demand", "on-demand", ON_DEMAND],
  ["provisioned-concurrency", "provisioned-concurrency", NEVER],
  ["snap-start", "snap-start", NEVER],
  ["lambda-managed-instances", "lambda-managed-instances", NEVER],
  [undefined, "on-demand", ON_DEMAND],
];

for (const [reported, read, cold] of TYPES) {
  const when = cold[0] ? "only the first invocation is a cold start" : "no invocation is a cold start";
  test(`with initialization type ${reported}, ${when}`, async () => {
    assert.deepEqual(await invoked(reported, "traffic"), { cold, type: read });
  });
}

test("a ping takes the cold start, so that traffic after it is warm", async () => {
  assert.deepEqual(await invoked("on-demand", "ping"), { cold: ON_DEMAND, type: "on-demand" });
});
