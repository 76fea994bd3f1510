import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { slow } from "../../packages/onnx/test/execution/support/graphs.ts";
import { KeepAliveClient } from "./support/keep-alive-client.ts";
import type { MemoryReport } from "./support/report-memory.ts";
import { CLI, REPOSITORY, type ServerProcess, startServer, untilReady } from "./support/server-process.ts";

const CLIENTS = 16;
const REQUESTS_PER_ROUND = 1_200;
/** Caches fill, code is compiled, pools of memory grow: what happens in the first rounds happens once. */
const WARMUP_ROUNDS = 6;
const ROUNDS = 10;
/** Between the middles of the two halves lie 6,000 requests, 240 that were abandoned, and 5 loads: 100 bytes a request. */
const MOST_USED_BYTES = 600_000;
/** In MB. V8 makes it larger in steps of tens of MB, at random times, which are not a leak. */
const YOUNG_GENERATION = "--max-semi-space-size=2";
/** Loose, because the allocator gives back what it was given as it likes. */
const MOST_RESIDENT_BYTES = 30_000_000;

/** One kind of request, and the status it is answered with. */
interface Kind {
  readonly path: string;
  readonly body: string | Uint8Array;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const ROW = [5.1, 3.5, 1.4, 0.2];
const TENSOR = { name: "features", shape: [1, 4], datatype: "FP32" };
const BINARY_HEAD = JSON.stringify({ inputs: [{ ...TENSOR, parameters: { binary_data_size: 16 } }] });

/** What a server meets in an hour: each protocol, bodies of several forms and sizes, and mistakes of all sorts. */
const KINDS: readonly Kind[] = [
  { path: "/iris/predict", body: JSON.stringify({ features: [ROW] }), status: 200 },
  { path: "/iris/predict", body: JSON.stringify({ instances: Array(50).fill({ features: ROW }) }), status: 200 },
  { path: "/v2/models/iris/infer", body: JSON.stringify({ inputs: [{ ...TENSOR, data: ROW }] }), status: 200 },
  {
    path: "/v2/models/iris/infer",
    body: Buffer.concat([Buffer.from(BINARY_HEAD), Buffer.from(Float32Array.from(ROW).buffer)]),
    headers: { "inference-header-content-length": String(BINARY_HEAD.length) },
    status: 200,
  },
  { path: "/v1/models/iris:predict", body: JSON.stringify({ instances: [ROW] }), status: 200 },
  { path: "/v1/models/slow:predict", body: JSON.stringify({ instances: [[1], [2], [3]] }), status: 200 },
  {
    path: "/iris/predict",
    body: gzipSync(JSON.stringify({ features: Array(300).fill(ROW) })),
    headers: { "content-encoding": "gzip" },
    status: 200,
  },
  { path: "/iris/predict", body: '{"features": [[1]]}', status: 422 },
  { path: "/iris/predict", body: '{"features": ', status: 400 },
  { path: "/v2/models/iris/infer", body: JSON.stringify({ inputs: [TENSOR] }), status: 400 },
  { path: "/v2/models/iris/versions/7/infer", body: "{}", status: 404 },
  { path: "/nothing/here", body: "{}", status: 404 },
];

test("memory is flat while every kind of request goes on, clients leave and models are loaded anew", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "soak-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  cpSync(join(REPOSITORY, "handlers/iris/iris.onnx"), join(root, "iris.onnx"));
  writeFileSync(join(root, "slow.onnx"), slow(2, 256));
  const preload = ["--expose-gc", YOUNG_GENERATION, "--import", "./test/e2e/support/report-memory.ts"];
  const served = await startServer([...preload, CLI, "serve", root, "--port", "0"], {
    TRICAST_LOG_LEVEL: "error",
    TRICAST_MODEL_CONTROL: "on",
    // Else glibc keeps memory for each thread that there ever was at one time (mallopt(3), M_ARENA_MAX).
    MALLOC_ARENA_MAX: "2",
  });
  t.after(() => served.child.kill("SIGKILL"));
  await untilReady(served.origin);

  const client = new KeepAliveClient(served.origin, CLIENTS);
  const samples: MemoryReport[] = [];
  for (let round = 0; round < WARMUP_ROUNDS + ROUNDS; round++) {
    await runRound(client, Number(new URL(served.origin).port), round);
    samples.push(await memoryOf(served));
  }
  client.close();
  assert.equal(await served.stop(), 0);

  const figures = samples.map(({ usedBytes, residentBytes }) => [usedBytes, residentBytes].map(toMb).join("/"));
  console.log(`MB in use/resident after each round: ${figures.join(" ")}`);
  const [used, resident] = [growth(samples, "usedBytes"), growth(samples, "residentBytes")];
  assert.ok(used < MOST_USED_BYTES, `${toMb(used)} MB more are in use`);
  assert.ok(resident < MOST_RESIDENT_BYTES, `${toMb(resident)} MB more are resident`);
});

/** What was added from the first half of the rounds to the second, by medians, as one sample may catch a buffer in use. */
function growth(samples: readonly MemoryReport[], figure: keyof MemoryReport): number {
  const measured = samples.slice(WARMUP_ROUNDS).map((sample) => sample[figure]);
  return median(measured.slice(ROUNDS / 2)) - median(measured.slice(0, ROUNDS / 2));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

function toMb(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

async function runRound(client: KeepAliveClient, port: number, round: number): Promise<void> {
  const name = round % 2 === 0 ? "iris" : "slow";
  const loaded = client.post(`/v2/repository/models/${name}/load`, "{}");
  const clients = Array.from({ length: CLIENTS }, async (_, first) => {
    for (let count = first; count < REQUESTS_PER_ROUND; count += CLIENTS) {
      if ((count - first) % (25 * CLIENTS) === 0) await leave(port);
      const { path, body, headers, status } = KINDS[count % KINDS.length]!;
      const answer = await client.post(path, body, headers);
      assert.equal(answer.status, status, `${path}: ${answer.text}`);
    }
  });
  await Promise.all(clients);
  const { status, text } = await loaded;
  assert.equal(status, 200, text);
}

/** Asks for a prediction, and is gone before the answer. */
async function leave(port: number): Promise<void> {
  const body = JSON.stringify({ instances: [[1], [2]] });
  const socket = connect(port, "127.0.0.1");
  const closed = once(socket, "close");
  const request = `POST /v1/models/slow:predict HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  socket.write(request, () => socket.resetAndDestroy());
  await closed;
}

async function memoryOf({ child }: ServerProcess): Promise<MemoryReport> {
  const report = once(child, "message");
  child.send("report");
  const [memory] = (await report) as [MemoryReport];
  return memory;
}
