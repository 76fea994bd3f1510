import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, type ModelSource } from "@tricast/core/adapter";
import parsePrometheus from "parse-prometheus-text-format";
import { captureLines } from "../../core/test/support/capture.ts";
import { METRICS } from "../src/metrics/table.ts";
import { get, post } from "./support/calls.ts";
import { start } from "./support/start.ts";

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly metrics: readonly {
    readonly value?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
}

const source: ModelSource<object> = { uri: "made", load: () => ({}), stats: () => ({ queued: 3, meanBatch: 1.5 }) };
const half = definePredictor({
  name: "half",
  version: "2",
  model: source,
  predict: (value: unknown) => {
    if (typeof value !== "number") throw new Error("no number");
    return { half: value / 2 };
  },
});

async function read(origin: string): Promise<ReadonlyMap<string, Family>> {
  const { text, headers } = await get(origin, "/metrics");
  assert.equal(headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const families = parsePrometheus(text) as Family[];
  return new Map(families.map((family) => [family.name, family]));
}

const value = (families: ReadonlyMap<string, Family>, name: string, labels: Readonly<Record<string, string>> = {}) =>
  Number(
    families
      .get(name)
      ?.metrics.find((metric) => Object.entries(labels).every(([key, text]) => metric.labels?.[key] === text))?.value,
  );

test("requests, errors and durations are counted by operation, model and status", async (t) => {
  const { origin } = await start(t, half);
  for (const body of [1, 2]) await post(origin, "/predict", body);
  await post(origin, "/predict", "{");
  await post(origin, "/predict", "null");
  await post(origin, "/score", 4);
  await get(origin, "/v2/models/half");
  await get(origin, "/v2/models/made-up-by-the-client");
  const families = await read(origin);
  const requests = (operation: string, status: string) =>
    value(families, "tricast_requests_total", { operation, model: "half", status });
  assert.deepEqual([requests("predict", "200"), requests("predict", "400"), requests("predict", "500")], [2, 1, 1]);
  assert.equal(requests("azure-ml-score", "200"), 1);
  const errors = (code: string) => value(families, "tricast_errors_total", { operation: "predict", code });
  assert.deepEqual([errors("invalid-json"), errors("predict-failed")], [1, 1]);
  // The parser takes histograms of several operations for one, so these lines are read as they stand.
  const { text } = await get(origin, "/metrics");
  const labels = 'operation="predict",model="half"';
  assert.match(text, new RegExp(`^tricast_request_duration_seconds_count\\{${labels}\\} 4$`, "m"));
  const buckets = [...text.matchAll(new RegExp(`_bucket\\{${labels},le="([^"]+)"\\} (\\d+)$`, "gm"))];
  assert.equal(buckets.at(-1)?.[1], "+Inf");
  assert.equal(buckets.at(-1)?.[2], "4");
  const counts = buckets.map(([, , count]) => Number(count));
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
    "buckets are cumulative",
  );
  assert.ok(
    !JSON.stringify([...families.values()]).includes("made-up-by-the-client"),
    "names of clients are no labels",
  );
});

test("a route has the operation that the core gives it, whatever the method, and below any path", async (t) => {
  const records: string[] = [];
  const service = createService(half);
  const asked: string[] = [];
  const { server, origin } = await start(t, half, { accessLog: 1 });
  const lines = await captureLines(async () => {
    for (const path of ["/predict", "/metadata", "/openapi.json", "/nowhere"]) {
      for (const prefix of path === "/nowhere" ? [""] : ["", "/any/prefix"]) {
        for (const method of ["POST", "GET", "DELETE", "OPTIONS"]) {
          const target = prefix + path;
          asked.push(`${method} ${target}`);
          const request = { method, path: target, query: "", headers: {}, body: undefined };
          const { outcome } = await service.handle(request, {
            id: "1",
            platform: "local",
            native: undefined,
            log: () => {},
          });
          records.push(`${outcome?.operation} ${outcome?.error?.code}`);
          await fetch(origin + target, { method });
        }
      }
    }
    await server.stop();
  });
  const requests = lines.filter(({ message }) => message === "request");
  assert.deepEqual(
    requests.map(({ method, path, operation, code }) => `${method} ${path}: ${operation} ${code}`),
    asked.map((request, index) => `${request}: ${records[index]}`),
  );
});

test("probes and the reading of metrics are not counted", async (t) => {
  const { origin } = await start(t, half);
  for (const path of ["/health", "/ready", "/live", "/ping", "/metrics"]) await get(origin, path);
  assert.deepEqual((await read(origin)).get("tricast_requests_total")?.metrics ?? [], []);
});

test("the model, its runtime and the process are shown", async (t) => {
  const { origin } = await start(t, half, { maxInFlight: 7, maxQueue: 9 });
  const families = await read(origin);
  assert.equal(value(families, "tricast_ready"), 1);
  assert.equal(value(families, "tricast_model_ready", { model: "half", version: "2" }), 1);
  assert.equal(value(families, "tricast_model_loads_total", { model: "half", outcome: "ready" }), 1);
  assert.equal(value(families, "tricast_execution", { model: "half", part: "model", name: "queued" }), 3);
  assert.equal(value(families, "tricast_execution", { model: "half", part: "model", name: "meanBatch" }), 1.5);
  assert.equal(value(families, "tricast_requests_in_flight_max"), 7);
  assert.equal(value(families, "tricast_queue_length_max"), 9);
  assert.ok(value(families, "process_resident_memory_bytes") > 1e6);
  assert.ok(value(families, "process_cpu_seconds_total") > 0);
  assert.ok(Math.abs(value(families, "process_start_time_seconds") + process.uptime() - Date.now() / 1000) < 60);
  assert.ok(value(families, "nodejs_eventloop_lag_seconds", { quantile: "0.99" }) >= 0);
});

test("every metric of the table is there with its type and help, and no other", async (t) => {
  const { origin } = await start(t, half);
  await post(origin, "/predict", "{");
  const families = await read(origin);
  assert.deepEqual([...families.keys()].sort(), Object.keys(METRICS).sort());
  for (const [name, { type, help }] of Object.entries(METRICS))
    assert.deepEqual([families.get(name)?.type, families.get(name)?.help], [type.toUpperCase(), help], name);
});
