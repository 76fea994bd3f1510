import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { createService, type ModelSource, type Service, type UpdateContext } from "@tricast/core/adapter";
import { get, invocation, jsonOf, post, request } from "./support/calls.ts";
import { captureLines } from "./support/capture.ts";
import { gate, settle } from "./support/gate.ts";

const RECHECK_MS = 1000;

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

/** A model that says its version, and whether it is still there to be used. */
interface Versioned {
  readonly version: string;
  disposed: boolean;
}

/** A store of one model that tests publish to. */
function store() {
  const made: Versioned[] = [];
  const make = (version: string): Versioned => {
    const model = { version, disposed: false };
    made.push(model);
    return model;
  };
  let latest = "v1";
  let failing: Error | undefined;
  const asked: UpdateContext[] = [];
  const source: ModelSource<Versioned> = {
    uri: "store:a@prod",
    recheckMs: RECHECK_MS,
    load: () => make(latest),
    dispose: (model) => {
      model.disposed = true;
    },
    served: (model) => ({ versions: [{ version: model.version, model }], choose: () => 0 }),
    async update(current, context) {
      asked.push(context);
      if (failing !== undefined) throw failing;
      return current.version === latest || context.refused.has(latest) ? undefined : make(latest);
    },
  };
  return {
    source,
    made,
    asked,
    publish: (version: string) => {
      latest = version;
    },
    fail: (error: Error | undefined) => {
      failing = error;
    },
  };
}

async function recheck(): Promise<void> {
  mock.timers.tick(RECHECK_MS * 1.2);
  for (let turn = 0; turn < 5; turn++) await settle();
}

function serving(source: ModelSource<Versioned>): Service {
  return createService(
    definePredictor({
      name: "a",
      model: source,
      examples: [1],
      predict(_input, { model }) {
        if (model.version === "bad") throw new Error("a bad model");
        return model.disposed ? "disposed" : model.version;
      },
    }),
  );
}

test("a newer version takes over, and the old one is disposed of", async () => {
  const { source, made, publish } = store();
  const service = serving(source);
  assert.equal((await post(service, 1)).body, '"v1"');
  publish("v2");
  await recheck();
  const response = await post(service, 1);
  assert.equal(response.body, '"v2"');
  assert.equal(response.headers["x-tricast-model-version"], "v2");
  assert.deepEqual(
    made.map(({ disposed }) => disposed),
    [true, false],
  );
});

test("without a newer version nothing is loaded", async () => {
  const { source, made, asked } = store();
  await post(serving(source), 1);
  await recheck();
  await recheck();
  assert.equal(asked.length, 2);
  assert.equal(made.length, 1);
});

test("a request keeps the version it began with, which is released after it", async () => {
  const { source, made, publish } = store();
  const work = gate<void>();
  const service = createService(
    definePredictor({
      name: "a",
      model: source,
      async predict(_input, { model }) {
        await work.promise;
        return [model.version, model.disposed];
      },
    }),
  );
  await service.start();
  const answer = post(service, 1);
  await settle();
  publish("v2");
  await recheck();
  assert.equal(made[0]?.disposed, false);
  work.open();
  assert.equal((await answer).body, '["v1",false]');
  await settle();
  assert.equal(made[0]?.disposed, true);
});

test("a request whose body is still being decoded keeps the version it began with, too", async () => {
  const { source, made, publish } = store();
  const decoding = gate<number>();
  const service = createService(
    definePredictor({
      name: "a",
      model: source,
      decoders: { "image/png": () => decoding.promise },
      predict: (_input, { model }) => [model.version, model.disposed],
    }),
  );
  await service.start();
  const answer = post(service, Uint8Array.of(1), { "content-type": "image/png" });
  await settle();
  publish("v2");
  await recheck();
  decoding.open(1);
  assert.equal((await answer).body, '["v1",false]');
  await settle();
  assert.equal(made[0]?.disposed, true);
});

test("a version that fails on the example is refused, logged and not offered again", async () => {
  const { source, made, asked, publish } = store();
  const service = serving(source);
  await post(service, 1);
  publish("bad");
  const lines = await captureLines(recheck);
  assert.equal((await post(service, 1)).body, '"v1"');
  assert.match(String(lines[0]?.message), /new version was refused.*a bad model.*old one keeps serving/);
  assert.deepEqual(
    made.map(({ disposed }) => disposed),
    [false, true],
  );
  await recheck();
  assert.ok(asked.at(-1)?.refused.has("bad"));
  assert.equal(made.length, 2);
  publish("v3");
  await recheck();
  assert.equal((await post(service, 1)).body, '"v3"');
});

test("a store that cannot be asked leaves the old version serving, and is asked again", async () => {
  process.env.TRICAST_LOG_LEVEL = "warn";
  const { source, fail, publish } = store();
  const service = serving(source);
  await post(service, 1);
  fail(new Error("no network"));
  const lines = await captureLines(recheck);
  process.env.TRICAST_LOG_LEVEL = "error";
  assert.match(String(lines[0]?.message), /no network; the old one keeps serving/);
  assert.equal((await post(service, 1)).body, '"v1"');
  fail(undefined);
  publish("v2");
  await recheck();
  assert.equal((await post(service, 1)).body, '"v2"');
});

test("one updated model of several leaves the others loaded", async () => {
  const first = store();
  const second = store();
  const service = createService(
    definePredictor({
      name: "a",
      models: { first: first.source, second: second.source },
      predict: (_input, { models }) => [models.first.version, models.second.version, models.first.disposed],
    }),
  );
  await post(service, 1);
  second.publish("v2");
  await recheck();
  assert.equal((await post(service, 1)).body, '["v1","v2",false]');
  await service.close();
  for (const { disposed } of [...first.made, ...second.made]) assert.equal(disposed, true);
});

test("a closed service asks no more and holds nothing", async () => {
  const { source, made, asked, publish } = store();
  const service = serving(source);
  await post(service, 1);
  await service.close();
  publish("v2");
  await recheck();
  assert.equal(asked.length, 0);
  assert.equal(made[0]?.disposed, true);
});

test("models given to middleware outlive the switch by a minute", async () => {
  const { source, made, publish } = store();
  const service = serving(source);
  await service.start();
  assert.equal(((await service.models()).model as Versioned).version, "v1");
  publish("v2");
  await recheck();
  assert.equal(made[0]?.disposed, false);
  mock.timers.tick(61_000);
  await settle();
  assert.equal(made[0]?.disposed, true);
});

/** `old` and `new` share the traffic: keys that begin with "n" go to `new`. */
function splitSource(): ModelSource<string> {
  const versions = ["old", "new"].map((version) => ({ version, model: version }));
  return {
    uri: "store:a@prod",
    load: () => "both",
    served: () => ({ versions, choose: (key) => (key.startsWith("n") ? 1 : 0) }),
    describe: () => ({ platform: "test", inputs: [], outputs: [] }),
  };
}

test("where versions share the traffic a key decides, and both are warmed", async () => {
  const warmed: string[] = [];
  const service = createService(
    definePredictor({
      name: "a",
      model: splitSource(),
      examples: ["warm"],
      predict(input, { model }) {
        if (input === "warm") warmed.push(model);
        return model;
      },
    }),
  );
  for (const [key, version] of [
    ["n1", "new"],
    ["o1", "old"],
    ["n1", "new"],
  ] as const) {
    const headers = { "x-tricast-key": key };
    const response = await service.handle(request({ body: "1", headers }), invocation());
    assert.deepEqual([response.body, response.headers["x-tricast-model-version"]], [JSON.stringify(version), version]);
  }
  assert.deepEqual(warmed, ["old", "new"]);
  assert.deepEqual(jsonOf(await get(service, "/metadata")).models.model.versions, ["old", "new"]);
});
