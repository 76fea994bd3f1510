import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, afterEach, before, mock, test } from "node:test";
import { fileURLToPath } from "node:url";
import { definePredictor, type PredictContext } from "@tricast/core";
import { createService, type Service } from "@tricast/core/adapter";
import { invocation, jsonOf, request } from "./support/calls.ts";
import { gate, settle } from "./support/gate.ts";

/** The service's own timer keeps no process alive, so something else must while these tests wait for it. */
let alive: NodeJS.Timeout;
before(() => {
  alive = setInterval(() => {}, 1000);
});
after(() => clearInterval(alive));
afterEach(() => mock.timers.reset());

/** The service keeps 200 ms of what the platform leaves, for sending the answer. */
const soon = () => invocation({ deadline: Date.now() + 240 });

async function started(
  predict: (input: unknown, context: PredictContext<undefined, Record<string, never>>) => unknown,
  timeoutMs?: number,
): Promise<Service> {
  const limits = timeoutMs === undefined ? {} : { limits: { timeoutMs } };
  const service = createService(definePredictor({ name: "a", ...limits, predict }));
  await service.start();
  return service;
}

/** Whether the request has been answered by the time that `milliseconds` have passed. */
function answeredIn(milliseconds: number, answer: Promise<unknown>): Promise<boolean> {
  mock.timers.tick(milliseconds);
  return Promise.race([answer.then(() => true), settle().then(() => false)]);
}

test("a prediction that is late is 504 with 200 ms left for the reply, and its signal aborts", async () => {
  let signal: AbortSignal | undefined;
  const service = await started((_input, context) => {
    signal = context.signal;
    return new Promise(() => {});
  });
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const answer = service.handle(request({ body: "1" }), invocation({ deadline: 1_010_000 }));
  assert.equal(await answeredIn(9799, answer), false);
  assert.equal(signal?.aborted, false);
  assert.equal(await answeredIn(1, answer), true);
  const response = await answer;
  assert.deepEqual([response.status, jsonOf(response).code], [504, "deadline-exceeded"]);
  assert.ok(signal?.aborted);
  assert.equal(signal.reason.code, "deadline-exceeded");
});

test("a batch is given up on as a whole", async () => {
  const service = await started(() => new Promise(() => {}));
  const response = await service.handle(request({ body: '{"instances":[1,2]}' }), soon());
  assert.equal(response.status, 504);
});

test("limits.timeoutMs ends a prediction where the platform would wait longer or for ever", async () => {
  const service = await started(() => new Promise(() => {}), 5000);
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  for (const call of [invocation(), invocation({ deadline: Date.now() + 60_000 })]) {
    const answer = service.handle(request({ body: "1" }), call);
    assert.equal(await answeredIn(4999, answer), false);
    assert.equal(await answeredIn(1, answer), true);
    assert.equal((await answer).status, 504);
  }
  const sooner = service.handle(request({ body: "1" }), invocation({ deadline: Date.now() + 1200 }));
  assert.equal(await answeredIn(1000, sooner), true, "the platform's deadline goes first where it is nearer");
});

test("a signal first asked for after the deadline is aborted already", async () => {
  const late = gate<boolean>();
  const service = await started(async (_input, context) => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    late.open(context.signal.aborted);
  }, 20);
  await service.handle(request({ body: "1" }), invocation());
  assert.equal(await late.promise, true);
});

test("a late prediction that ends or fails afterwards disturbs nobody", async () => {
  const rejected: unknown[] = [];
  const note = (reason: unknown) => rejected.push(reason);
  process.on("unhandledRejection", note);
  const works = [gate(), gate()];
  let turn = 0;
  const service = await started((input) => (input === "next" ? "served" : works[turn++]?.promise), 20);
  for (const _ of works) assert.equal((await service.handle(request({ body: "1" }), invocation())).status, 504);
  assert.equal((await service.handle(request({ body: '"next"' }), invocation())).body, '"served"');
  works[0]?.open("late");
  works[1]?.fail(new Error("late failure"));
  await settle();
  await settle();
  process.off("unhandledRejection", note);
  assert.deepEqual(rejected, []);
  await service.close();
});

test("a deadline while the model loads is 503 model-loading with Retry-After, and the load goes on", async () => {
  const loading = gate<string>();
  const service = createService(
    definePredictor({ name: "a", load: () => loading.promise, predict: (_input, { model }) => model }),
  );
  const response = await service.handle(request({ body: "1" }), soon());
  assert.deepEqual([response.status, jsonOf(response).code], [503, "model-loading"]);
  assert.equal(response.headers["retry-after"], "1");
  loading.open("loaded");
  assert.equal((await service.handle(request({ body: "1" }), invocation())).body, '"loaded"');
});

test("an answer in time is not touched by its deadline", async () => {
  let signal: AbortSignal | undefined;
  const service = await started((input, context) => {
    signal = context.signal;
    return input;
  }, 30);
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  assert.equal((await service.handle(request({ body: "1" }), invocation())).status, 200);
  mock.timers.tick(60);
  assert.equal(signal?.aborted, false);
});

test("many requests with many deadlines each end at their own", async () => {
  const service = await started(() => new Promise(() => {}));
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  const waits = [90, 30, 60, 10, 30];
  const ended: number[] = [];
  waits.forEach((wait, index) => {
    const call = invocation({ deadline: 400 + wait });
    void service.handle(request({ body: "1" }), call).then(() => ended.push(index));
  });
  const seen: Record<number, number[]> = {};
  for (let at = 0; at <= 300; at++) {
    mock.timers.tick(1);
    await settle();
    if (ended.length > 0) seen[at + 1] = ended.splice(0).sort();
  }
  assert.deepEqual(seen, { 210: [3], 230: [1, 4], 260: [2], 290: [0] });
});

test("a deadline further off than a timer can count does not fire at once", async () => {
  const service = await started(() => new Promise((resolve) => setTimeout(resolve, 20, "in time")));
  for (const deadline of [Date.now() + 2 ** 40, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER]) {
    const response = await service.handle(request({ body: "1" }), invocation({ deadline }));
    assert.equal(response.body, '"in time"');
  }
});

test("requests that end in any order leave the deadlines of the others in force", async () => {
  const works = Array.from({ length: 6 }, () => gate<string>());
  const service = await started((input) => works[input as number]?.promise);
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const deadline = Date.now() + 260;
  const answers = works.map((_, index) =>
    service.handle(request({ body: String(index) }), invocation({ deadline: deadline + (index % 2) * 20 })),
  );
  await settle();
  for (const index of [3, 0, 5]) works[index]?.open("done");
  await settle();
  mock.timers.tick(260);
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  assert.deepEqual(statuses, [200, 504, 504, 200, 504, 200]);
});

function runFixture(name: string): { status: number | null; stdout: string } {
  const script = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
  const args = ["--conditions=@tricast/source", script];
  return spawnSync(process.execPath, args, { timeout: 10_000, encoding: "utf8" });
}

test("a deadline that no request waits for keeps no process alive", () => {
  const { status, stdout } = runFixture("idle-with-deadline.ts");
  assert.deepEqual([status, stdout], [0, "200\n"]);
});

test("a prediction that never ends gets its answer, though nothing else keeps the process alive", () => {
  const { status, stdout } = runFixture("hanging-predict.ts");
  assert.deepEqual([status, stdout], [0, "504\n"]);
});

test("with little time left half of it is for the prediction", async () => {
  const service = await started(() => new Promise((resolve) => setTimeout(resolve, 1, "in time")));
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const answer = service.handle(request({ body: "1" }), invocation({ deadline: 1_000_150 }));
  await settle();
  mock.timers.tick(1);
  assert.equal((await answer).body, '"in time"');
});

test("a client that goes away aborts the prediction", async () => {
  const client = new AbortController();
  const aborted = gate<unknown>();
  const service = await started((_input, { signal }) => {
    signal.addEventListener("abort", () => aborted.open(signal.reason));
    return new Promise(() => {});
  });
  const answer = service.handle(request({ body: "1" }), invocation({ signal: client.signal }));
  await settle();
  client.abort();
  assert.equal((await answer).status, 499);
  assert.equal(((await aborted.promise) as { code: string }).code, "request-cancelled");
});
