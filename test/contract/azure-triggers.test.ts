import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { openAzureWorker } from "@tricast/pack/azure-worker";
import { serveFunction } from "../events/azure/serve-function.ts";
import "./support/quiet.ts";
import { jsonOf, post } from "./support/core-testing.ts";

// Before the library is loaded: it looks for the worker once.
const worker = openAzureWorker(() => {});
const { azureFunctions } = await import("@tricast/azure-functions");

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
let invocations = 0;

function invoke(name: string, data: object) {
  const id = `00000000-0000-4000-8000-${String(++invocations).padStart(12, "0")}`;
  return worker.invoke(name, { id, data, traceParent: TRACE });
}

function counting(name: string, load: () => Promise<object>) {
  const counts = { loaded: 0, predicted: 0 };
  const predictor = definePredictor({
    name,
    load: () => {
      counts.loaded++;
      return load();
    },
    predict: (input: unknown) => {
      counts.predicted++;
      return { input };
    },
  });
  return { predictor, counts };
}

let open: (model: object) => void = () => {};
const slow = counting("slow", () => new Promise<object>((resolve) => (open = resolve)));
const second = counting("second", async () => ({}));
const broken = counting("broken", async () => {
  throw new Error("no such file");
});

let alive: NodeJS.Timeout;
before(() => {
  alive = setInterval(() => {}, 1_000);
  azureFunctions(slow.predictor, { route: "contract", warmupSchedule: "0 */5 * * * *" });
  azureFunctions(second.predictor);
});
after(() => clearInterval(alive));

/** What the host sends with a timer's tick (azure-functions-host: the timer extension's TimerInfo). */
const TICK = {
  json: JSON.stringify({
    isPastDue: false,
    schedule: { adjustForDST: true },
    scheduleStatus: { last: "2026-03-10T05:15:00Z", next: "2026-03-10T05:20:00Z", lastUpdated: "2026-03-10T05:15:00Z" },
  }),
};

test("the warmup trigger ends when every predictor of the app is loaded, and predicts nothing", async () => {
  assert.equal(worker.functions.get("warmup")?.trigger.type, "warmupTrigger");
  let isDone = false;
  const warming = invoke("warmup", { json: "{}" }).then((result) => {
    isDone = true;
    return result;
  });
  try {
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(isDone, false, "it did not wait for the model");
  } finally {
    // Else the tests after this one would wait for ever.
    open({});
  }
  await warming;
  assert.deepEqual(
    [slow.counts, second.counts],
    [
      { loaded: 1, predicted: 0 },
      { loaded: 1, predicted: 0 },
    ],
  );
});

test("the timer warms and predicts nothing, as often as it ticks and in parallel", async () => {
  assert.equal(worker.functions.get("slow-warmup")?.trigger.type, "timerTrigger");
  await Promise.all(Array.from({ length: 10 }, () => invoke("slow-warmup", TICK)));
  assert.deepEqual(slow.counts, { loaded: 1, predicted: 0 });
});

/** The response of the HTTP function `name` to this body. */
async function request(name: string, route: string, body: unknown) {
  const served = await serveFunction(worker, name, route);
  try {
    return await served.send(post(body));
  } finally {
    await served.close();
  }
}

test("a request after the pings is traffic, even with the timer's body", async () => {
  for (const body of [TICK.json, "{}"]) {
    const before = slow.counts.predicted;
    const response = await request("slow", "contract", body);
    assert.deepEqual([response.status, jsonOf(response)], [200, { input: JSON.parse(body) }]);
    assert.equal(slow.counts.predicted, before + 1);
  }
});

test("a model that cannot load fails neither trigger: the instance stays, and requests get the error", async () => {
  azureFunctions(broken.predictor, { warmupSchedule: "0 */5 * * * *" });
  await invoke("warmup", { json: "{}" });
  await invoke("broken-warmup", TICK);
  const response = await request("broken", "broken", {});
  assert.deepEqual([response.status, jsonOf(response).code], [503, "model-load-failed"]);
});
