import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { times } from "../../packages/onnx/test/execution/support/graphs.ts";
import { type Answered, KeepAliveClient } from "./support/keep-alive-client.ts";
import { CLI, eventually, REPOSITORY, startServer, untilReady } from "./support/server-process.ts";
import { send } from "./support/wire-client.ts";

/** The native addon, in which one input ends the thread that runs it. */
const ENDING_BINDING = join(REPOSITORY, "packages/onnx/test/execution/support/ending-binding.cjs");
const ENDS_THE_WORKER = [666, 0];

const BURSTS = 10;
const REQUESTS = 60;
const KILLER = 20;

let folder: string;
let model: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "workers-"));
  model = join(folder, "times.onnx");
  writeFileSync(model, times(2));
});
after(() => rmSync(folder, { recursive: true }));

const SETTINGS = [
  { title: "one worker, nothing shared", workers: 1, rows: 1 },
  { title: "two workers, up to eight requests a run", workers: 2, rows: 8 },
] as const;

describe("a worker is killed under load, again and again", () => {
  for (const { title, workers, rows } of SETTINGS) {
    test(`${title}: what it runs fails with a code, and everything else is answered`, async (t) => {
      const served = await startServer([CLI, "serve", model, "--port", "0"], {
        TRICAST_ONNXRUNTIME_BINDING: ENDING_BINDING,
        TRICAST_WORKERS: String(workers),
        TRICAST_MAX_BATCH_ROWS: String(rows),
        TRICAST_LOG_LEVEL: "error",
      });
      t.after(() => served.child.kill("SIGKILL"));
      await untilReady(served.origin);
      const client = new KeepAliveClient(served.origin, REQUESTS);
      const predict = (x: readonly (readonly number[])[]) => client.post("/predict", JSON.stringify({ x }));
      // As many rows as a run may have, so that no other request shares the run that it ends.
      const kill = () => predict(Array.from({ length: rows }, () => ENDS_THE_WORKER));
      const isWhole = async () => (await execution(served.origin, "workers")) === workers;

      for (let burst = 0; burst < BURSTS; burst++) {
        await eventually("every worker", isWhole);
        // Answered by the one that took the place of the last: one that ends before it has answered is not replaced at once.
        assertDoubled(await predict([[burst, 1]]), burst);
        const sent = Array.from({ length: REQUESTS }, (_, at) => (at === KILLER ? kill() : predict([[at, 1]])));
        for (const path of ["/live", "/ready"]) assert.equal((await send(served.origin, { target: path })).status, 200);
        for (const [at, answer] of (await Promise.all(sent)).entries()) {
          if (at === KILLER) assertCrashed(answer);
          else assertDoubled(answer, at);
        }
      }
      await eventually("the last worker", isWhole);
      assert.equal(await execution(served.origin, "crashes"), BURSTS);
      client.close();
      assert.equal(await served.stop(), 0);
    });
  }
});

function assertDoubled({ status, text }: Answered, value: number): void {
  assert.equal(status, 200, text);
  assert.deepEqual(JSON.parse(text), { y: [[2 * value, 2]] });
}

function assertCrashed({ status, headers, text }: Answered): void {
  assert.equal(status, 503, text);
  assert.equal((JSON.parse(text) as { code: string }).code, "worker-crashed");
  assert.match(headers["retry-after"] ?? "", /^[1-9]\d*$/);
}

/** What the model's runtime counts under `name`. */
async function execution(origin: string, name: string): Promise<number> {
  const metrics = Buffer.from((await send(origin, { target: "/metrics" })).body).toString();
  const value = new RegExp(`^tricast_execution{[^}]*name="${name}"} (\\d+)$`, "m").exec(metrics)?.[1];
  assert.ok(value !== undefined, metrics);
  return Number(value);
}
