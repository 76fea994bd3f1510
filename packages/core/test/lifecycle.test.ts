import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { definePredictor, TricastError } from "@tricast/core";
import { createService, type ModelSource, type Service } from "@tricast/core/adapter";
import * as v from "valibot";
import { registry } from "../src/registry.ts";
import { get, invocation, jsonOf, post, request } from "./support/calls.ts";
import { captureLines } from "./support/capture.ts";
import { gate, settle } from "./support/gate.ts";

/** A source that counts, fails as often as told and holds its load until `release` where that is given. */
function counting(options: { fail?: number; key?: string; wait?: Promise<unknown>; disposeFails?: boolean } = {}) {
  const counts = { loads: 0, disposals: 0 };
  const source: ModelSource<{ readonly number: number }> = {
    uri: "memory",
    key: options.key,
    load: async () => {
      const number = ++counts.loads;
      await options.wait;
      if (number <= (options.fail ?? 0)) throw new Error(`attempt ${number} failed`);
      return { number };
    },
    dispose: async () => {
      counts.disposals++;
      if (options.disposeFails) throw new Error("dispose failed");
    },
  };
  return { counts, source };
}

const serve = (model: ModelSource<{ readonly number: number }>): Service =>
  createService(definePredictor({ name: "a", model, predict: (_input, { model }) => model.number }));

const restore: (() => void)[] = [];
afterEach(() => {
  for (const undo of restore.splice(0)) undo();
});

/** Moves `Date.now`, which the backoff is counted by. */
function clock(): { forward(milliseconds: number): void } {
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  restore.push(() => {
    Date.now = now;
  });
  return {
    forward: (milliseconds) => {
      ahead += milliseconds;
    },
  };
}

test("a hundred requests at once wait for one load", async () => {
  const loading = gate();
  const { counts, source } = counting({ wait: loading.promise });
  const service = serve(source);
  const answers = Array.from({ length: 100 }, () => post(service, 1));
  await settle();
  loading.open(undefined);
  for (const response of await Promise.all(answers)) assert.equal(response.body, "1");
  assert.equal(counts.loads, 1);
});

test("start, warm, readiness and requests together load once", async () => {
  const { counts, source } = counting();
  const service = serve(source);
  await Promise.all([service.start(), service.warm(), get(service, "/ready"), post(service, 1), service.models()]);
  assert.equal(counts.loads, 1);
});

test("a synchronous load happens inside start", () => {
  let loaded = false;
  const service = createService(
    definePredictor({
      name: "a",
      load: () => {
        loaded = true;
        return 1;
      },
      predict: () => 1,
    }),
  );
  assert.equal(loaded, false, "nothing is loaded before it is asked for");
  void service.start();
  assert.equal(loaded, true);
});

test("a failed load is 503 with Retry-After, is not tried again before that, and then can succeed", async () => {
  const time = clock();
  const { counts, source } = counting({ fail: 2 });
  const service = serve(source);
  const lines = await captureLines(async () => {
    const first = await post(service, 1);
    assert.deepEqual([first.status, jsonOf(first).code], [503, "model-load-failed"]);
    assert.equal(first.headers["retry-after"], "1");
    for (let again = 0; again < 10; again++) assert.equal((await post(service, 1)).status, 503);
    assert.equal(counts.loads, 1, "the backoff holds");
    time.forward(501);
    assert.equal((await post(service, 1)).status, 503);
    assert.equal(counts.loads, 2);
    time.forward(501);
    assert.equal((await post(service, 1)).status, 503);
    assert.equal(counts.loads, 2, "the backoff doubles");
    time.forward(500);
    assert.equal((await post(service, 1)).body, "3");
  });
  assert.deepEqual(
    lines.map(({ attempt, retryInMs, code }) => [attempt, retryInMs, code]),
    [
      [1, 500, "model-load-failed"],
      [2, 1000, "model-load-failed"],
    ],
  );
});

test("the backoff ends at half a minute", async () => {
  const time = clock();
  const { source } = counting({ fail: Number.POSITIVE_INFINITY });
  const service = serve(source);
  const lines = await captureLines(async () => {
    for (let attempt = 0; attempt < 10; attempt++) {
      await post(service, 1);
      time.forward(30_001);
    }
  });
  assert.deepEqual(
    lines.map(({ retryInMs }) => retryInMs),
    [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000],
  );
});

test("start never rejects, and a failure at start is what requests read", async () => {
  for (const error of [new Error("x"), "x", undefined, Object.create(null)]) {
    const service = createService(
      definePredictor({ name: "a", load: (): Promise<unknown> => Promise.reject(error), predict: () => 1 }),
    );
    await captureLines(async () => {
      await service.start();
      assert.equal(jsonOf(await post(service, 1)).code, "model-load-failed");
      await assert.rejects(service.models(), { code: "model-load-failed", retryAfterSeconds: 1 });
    });
  }
});

test("a coded error of the load keeps its code", async () => {
  const service = createService(
    definePredictor({
      name: "a",
      load: (): unknown => {
        throw new TricastError("model-not-found", "tried /a and /b");
      },
      predict: () => 1,
    }),
  );
  await captureLines(async () => assert.equal(jsonOf(await post(service, 1)).code, "model-not-found"));
});

test("an example that fails is warmup-failed, the model is given back, and a later attempt can succeed", async () => {
  const time = clock();
  const { counts, source } = counting();
  let works = false;
  const service = createService(
    definePredictor({
      name: "a",
      model: source,
      examples: [1, "never predicted"],
      input: v.number(),
      predict: () => {
        if (!works) throw new Error("not yet");
        return "ok";
      },
    }),
  );
  const lines = await captureLines(async () => {
    assert.equal(jsonOf(await post(service, 1)).code, "warmup-failed");
    assert.deepEqual(counts, { loads: 1, disposals: 1 });
    works = true;
    time.forward(501);
    assert.equal((await post(service, 1)).body, '"ok"');
  });
  assert.match(String(lines[0]?.message), /^Warming up "a" failed: example 1: predict threw: Error: not yet$/);
  assert.deepEqual(counts, { loads: 2, disposals: 1 });
});

test("the first example is predicted before the instance is ready", async () => {
  const seen: unknown[] = [];
  const service = createService(
    definePredictor({
      name: "a",
      examples: [{ a: 1 }, { a: 2 }],
      predict: (input: unknown, context) => {
        seen.push(input);
        context.log.debug("an example has a log and a signal like any request");
        return context.signal.aborted;
      },
    }),
  );
  await service.start();
  assert.deepEqual(seen, [{ a: 1 }]);
});

test("on a server every example is predicted before the instance is ready, and the one that fails is named", async () => {
  const seen: unknown[] = [];
  const of = (limit: number) =>
    definePredictor({
      name: "a",
      examples: [1, 2, 3],
      predict: async (input: number) => {
        if (input > limit) throw new Error("too much");
        seen.push(input);
      },
    });
  const service = createService(of(3), { platform: { name: "many", warmsAllExamples: true } });
  await service.start();
  assert.equal(service.state, "ready");
  assert.deepEqual(seen, [1, 2, 3]);
  const lines = await captureLines(() =>
    createService(of(1), { platform: { name: "many", warmsAllExamples: true } }).start(),
  );
  assert.match(String(lines[0]?.message), /^Warming up "a" failed: example 2: predict threw: Error: too much$/);
});

test("predict finds each model under its own name", async () => {
  const service = createService(
    definePredictor({
      name: "a",
      load: async () => "main",
      models: { one: { uri: "m:1", load: () => 1 }, two: { uri: "m:2", load: async () => 2 } },
      predict: (_input, { model, models }) => ({ model, ...models }),
    }),
  );
  assert.deepEqual(jsonOf(await post(service, 1)), { model: "main", one: 1, two: 2 });
  assert.deepEqual(await service.models(), { model: "main", models: { one: 1, two: 2 } });
});

test("when one of several models fails, the others are given back", async () => {
  const good = counting();
  const slow = gate();
  const late = counting({ wait: slow.promise });
  const service = createService(
    definePredictor({
      name: "a",
      models: { good: good.source, late: late.source, bad: counting({ fail: 1 }).source },
      predict: () => 1,
    }),
  );
  await captureLines(async () => {
    const answer = post(service, 1);
    slow.open(undefined);
    assert.equal((await answer).status, 503);
  });
  assert.equal(good.counts.disposals, 1);
  assert.equal(late.counts.disposals, 1);
});

test("a load that throws at once leaves no rejection unhandled by those that are under way", async () => {
  const rejected: unknown[] = [];
  const note = (reason: unknown) => rejected.push(reason);
  process.on("unhandledRejection", note);
  const service = createService(
    definePredictor({
      name: "a",
      models: {
        slow: counting({ fail: 1, wait: settle() }).source,
        now: {
          uri: "memory",
          load: (): unknown => {
            throw new Error("at once");
          },
        },
      },
      predict: () => 1,
    }),
  );
  await captureLines(() => service.start());
  await settle();
  await settle();
  process.off("unhandledRejection", note);
  assert.deepEqual(rejected, []);
});

test("sources of one key are one model, given back when the last service closes", async () => {
  const first = counting({ key: "shared" });
  const second = counting({ key: "shared" });
  const services = [serve(first.source), serve(second.source), serve(first.source)];
  await Promise.all(services.map((service) => service.start()));
  assert.equal(first.counts.loads + second.counts.loads, 1);
  await services[0]?.close();
  await services[1]?.close();
  assert.equal(first.counts.disposals + second.counts.disposals, 0);
  assert.equal((await post(services[2]!, 1)).body, "1");
  await services[2]?.close();
  assert.equal(first.counts.disposals + second.counts.disposals, 1);
  assert.equal(registry().modelsByKey.has("shared"), false, "nothing is kept of it");
});

test("after the last close a new service loads again", async () => {
  const { counts, source } = counting({ key: "again" });
  for (const turn of [1, 2]) {
    const service = serve(source);
    assert.equal((await post(service, 1)).body, String(turn));
    await service.close();
    assert.deepEqual(counts, { loads: turn, disposals: turn });
  }
});

test("services of one predictor share what its load function loaded", async () => {
  let loads = 0;
  const predictor = definePredictor({ name: "a", load: async () => ++loads, predict: (_input, { model }) => model });
  const services = [createService(predictor), createService(predictor)];
  for (const service of services) assert.equal((await post(service, 1)).body, "1");
});

test("a thenable that is no promise is waited for", async () => {
  // biome-ignore lint/suspicious/noThenProperty: what the test is about
  const thenable = { then: (resolve: (value: string) => void) => setImmediate(resolve, "loaded") };
  const service = createService(
    definePredictor({
      name: "a",
      load: () => thenable as unknown as Promise<string>,
      predict: (_input, { model }) => model,
    }),
  );
  assert.equal((await post(service, 1)).body, '"loaded"');
});

test("close waits for requests in flight, refuses new ones, and then gives the model back once", async () => {
  const { counts, source } = counting();
  const work = gate();
  const service = createService(definePredictor({ name: "a", model: source, predict: () => work.promise }));
  await service.start();
  const busy = post(service, 1);
  await settle();
  const closes = [service.close(), service.close()];
  const refused = await post(service, 1);
  assert.deepEqual([refused.status, jsonOf(refused).code, refused.headers["retry-after"]], [503, "shutting-down", "1"]);
  assert.equal(counts.disposals, 0);
  work.open("done");
  assert.equal((await busy).body, '"done"');
  await Promise.all([...closes, service.close()]);
  assert.equal(counts.disposals, 1);
  assert.equal(jsonOf(await post(service, 1)).code, "shutting-down");
  await assert.rejects(service.models(), { code: "shutting-down" });
  assert.equal((await service.warm()).code, "shutting-down");
  await service.start();
  assert.equal(counts.loads, 1);
});

test("an instance closed while it loads stays closed and gives the model back", async () => {
  const loading = gate();
  const { counts, source } = counting({ wait: loading.promise });
  const service = serve(source);
  const started = service.start();
  await service.close();
  loading.open(undefined);
  await started;
  assert.deepEqual(counts, { loads: 1, disposals: 1 });
  assert.deepEqual(jsonOf(await get(service, "/ready")), { ready: false, state: "closed" });
  assert.equal(jsonOf(await post(service, 1)).code, "shutting-down");
});

test("a dispose that fails is logged, and close resolves all the same", async () => {
  const { counts, source } = counting({ disposeFails: true });
  const service = serve(source);
  await service.start();
  const lines = await captureLines(() => service.close());
  assert.equal(counts.disposals, 1);
  assert.match(String(lines[0]?.message), /^Disposing of memory failed: dispose failed$/);
});

test("an instance that is never asked closes without loading", async () => {
  const { counts, source } = counting();
  await serve(source).close();
  assert.deepEqual(counts, { loads: 0, disposals: 0 });
});

test("twenty thousand requests leave nothing behind", async () => {
  const service = serve(counting().source);
  await service.start();
  const call = { ...invocation(), deadline: Date.now() + 60_000 };
  const run = async (times: number) => {
    for (let turn = 0; turn < times; turn++) await service.handle(request({ body: "1" }), call);
  };
  await run(5000);
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const heap = (): number => {
    gc();
    return process.memoryUsage().heapUsed;
  };
  const grown: number[] = [];
  for (let round = 0; round < 5; round++) {
    const before = heap();
    await run(4000);
    grown.push(heap() - before);
  }
  // What V8 compiles and keeps comes once; what requests leave behind comes in every round.
  assert.ok(Math.min(...grown) < 100_000, `the heap grew by ${grown.join(", ")} bytes`);
});
