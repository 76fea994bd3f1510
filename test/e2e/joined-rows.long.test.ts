import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeOnnx } from "../../packages/onnx/test/support/onnx-writer.ts";
import { KeepAliveClient } from "./support/keep-alive-client.ts";
import { CLI, startServer, untilReady } from "./support/server-process.ts";

/** Fewer than the 384 that a server of these settings holds. */
const REQUESTS = 300;

test(`${REQUESTS} parallel requests to a quantised graph without code are each answered as alone`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "joined-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const model = join(folder, "quantised.onnx");
  writeFileSync(
    model,
    writeOnnx({
      nodes: [
        { op: "DynamicQuantizeLinear", inputs: ["x"], outputs: ["q", "scale", "zero"] },
        { op: "DequantizeLinear", inputs: ["q", "scale", "zero"], outputs: ["y"] },
      ],
      inputs: [{ name: "x", type: "float32", shape: ["N", 4] }],
      outputs: [{ name: "y", type: "float32", shape: ["N", 4] }],
    }),
  );
  // Nothing is measured that may say otherwise: as many rows share a run as it is allowed to.
  const served = await startServer([CLI, "serve", model, "--port", "0"], { TRICAST_MAX_BATCH_ROWS: "64" });
  t.after(() => served.child.kill("SIGKILL"));
  await untilReady(served.origin);
  const client = new KeepAliveClient(served.origin, REQUESTS);
  const [small, large] = [JSON.stringify({ x: [1, 2, 3, 4] }), JSON.stringify({ x: [1000, -2000, 30, 4] })];
  const alone = [(await client.post("/predict", small)).text, (await client.post("/predict", large)).text];
  const { y } = JSON.parse(alone[0]!) as { y: readonly number[] };
  assert.deepEqual(
    y.map((value) => value.toFixed(4)),
    ["1.0039", "1.9922", "2.9961", "4.0000"],
  );
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, (_, at) => client.post("/predict", at % 2 === 0 ? small : large)),
  );
  const wrong = answers.filter(({ text }, at) => text !== alone[at % 2]);
  assert.equal(wrong.length, 0, wrong[0]?.text);
  client.close();
  assert.equal(await served.stop(), 0);
});
