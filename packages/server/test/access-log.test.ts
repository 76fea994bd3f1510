import assert from "node:assert/strict";
import { test } from "node:test";
import { get, post } from "./support/calls.ts";
import { startProgram } from "./support/program.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";

/** What a program that answers two predictions and some probes has logged about requests. */
async function logged(env: Readonly<Record<string, string>>): Promise<readonly Record<string, unknown>[]> {
  const program = await startProgram({ ENDS: "at-once", ...env });
  const headers = { "x-request-id": "abc", traceparent: `00-${TRACE}-b7ad6b7169203331-01` };
  assert.equal((await post(program.origin, "/predict?secret=1", 1, { headers })).status, 200);
  assert.equal((await post(program.origin, "/predict", "{")).status, 400);
  for (const path of ["/health", "/ready", "/metrics", "/ping"])
    assert.equal((await get(program.origin, path)).status, 200);
  program.signal("SIGTERM");
  assert.equal(await program.exited, 0);
  const lines = program
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line)).filter(({ message }) => message === "request");
}

test("a line for each request, and none for probes", async () => {
  const [good, bad, ...more] = await logged({ TRICAST_ACCESS_LOG: "1" });
  assert.deepEqual(more, []);
  const { time, ms, ...fields } = good as { time: string; ms: number };
  assert.ok(Date.parse(time) > 0 && ms > 0);
  assert.deepEqual(fields, {
    level: "info",
    message: "request",
    requestId: "abc",
    method: "POST",
    path: "/predict",
    operation: "predict",
    status: 200,
    bytes: 11,
  });
  assert.deepEqual([bad?.status, bad?.code], [400, "invalid-json"]);
});

test("on Cloud Run a line has the members that its log viewer knows", async () => {
  const [good] = await logged({ TRICAST_ACCESS_LOG: "1", K_SERVICE: "iris" });
  assert.equal(good?.severity, "INFO");
  assert.equal(good["logging.googleapis.com/trace"], TRACE);
  assert.deepEqual(good["logging.googleapis.com/labels"], { execution_id: "abc" });
});

test("none at all unless it is asked for", async () => {
  assert.deepEqual(await logged({}), []);
});
