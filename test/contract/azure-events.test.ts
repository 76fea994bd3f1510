import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { openAzureWorker, type RpcTypedData } from "@tricast/pack/azure-worker";
import { BUS_METADATA, busBatchMetadata, CLOUD_EVENT, GRID_EVENT, QUEUE_METADATA } from "../events/azure/events.ts";
import "./support/quiet.ts";

// Before the library is loaded: it looks for the worker once.
const worker = openAzureWorker(() => {});
const { azureFunctionsEvent, azureFunctions } = await import("@tricast/azure-functions");

const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const loads: string[] = [];
const seen: unknown[] = [];
const ids: string[] = [];
let invocations = 0;

const one = definePredictor({
  name: "one",
  load: () => {
    loads.push("one");
    return {};
  },
  predict(input: { fail?: boolean } | Uint8Array, { invocation }) {
    ids.push(invocation.id);
    seen.push(input instanceof Uint8Array ? [...input] : input);
    if (!(input instanceof Uint8Array) && input?.fail === true) throw new Error("the password is hunter2");
    return { ok: true };
  },
});

const many = definePredictor({
  name: "many",
  load: () => ({}),
  predictBatch(inputs: readonly { fail?: boolean }[]) {
    seen.push(inputs);
    if (inputs.some(({ fail }) => fail === true)) throw new Error("the password is hunter2");
    return inputs.map(() => ({ ok: true }));
  },
});

const QUEUE = { queueName: "flowers", connection: "AzureWebJobsStorage" };
const BUS = { queueName: "flowers", connection: "BUS" };

let alive: NodeJS.Timeout;
before(() => {
  alive = setInterval(() => {}, 1_000);
  azureFunctions(one);
  azureFunctionsEvent(one, { trigger: "storageQueue", ...QUEUE });
  azureFunctionsEvent(one, { trigger: "serviceBusQueue", ...BUS });
  azureFunctionsEvent(one, { trigger: "serviceBusTopic", topicName: "t", subscriptionName: "s", connection: "BUS" });
  azureFunctionsEvent(one, { trigger: "serviceBusQueue", ...BUS, name: "one-batch", cardinality: "many" });
  azureFunctionsEvent(one, {
    trigger: "serviceBusQueue",
    ...BUS,
    name: "one-sessions",
    cardinality: "many",
    isSessionsEnabled: true,
  });
  azureFunctionsEvent(many, { trigger: "serviceBusQueue", ...BUS, name: "many-batch", cardinality: "many" });
  azureFunctionsEvent(one, { trigger: "eventGrid" });
});
after(() => clearInterval(alive));

type TriggerMetadata = Readonly<Record<string, RpcTypedData>>;

/** Delivers as the host does, and resolves with what `predict` saw. */
async function deliver(name: string, data: RpcTypedData, triggerMetadata: object = {}): Promise<unknown[]> {
  const id = `00000000-0000-4000-8000-${String(++invocations).padStart(12, "0")}`;
  const before = seen.length;
  const metadata = triggerMetadata as TriggerMetadata;
  await worker.invoke(name, { id, data, triggerMetadata: metadata, traceParent: TRACE });
  return seen.slice(before);
}

const SINGLE = [
  ["one-storageQueue", QUEUE_METADATA],
  ["one-serviceBusQueue", BUS_METADATA],
  ["one-serviceBusTopic", BUS_METADATA],
] as const;

test("each trigger is registered with its own binding, beside the HTTP function, and the model is loaded once", async () => {
  const found = [...worker.functions.values()].map(({ name, trigger }) => [name, trigger.type]);
  assert.deepEqual(found, [
    ["one", "httpTrigger"],
    ["warmup", "warmupTrigger"],
    ["one-storageQueue", "queueTrigger"],
    ["one-serviceBusQueue", "serviceBusTrigger"],
    ["one-serviceBusTopic", "serviceBusTrigger"],
    ["one-batch", "serviceBusTrigger"],
    ["one-sessions", "serviceBusTrigger"],
    ["many-batch", "serviceBusTrigger"],
    ["one-eventGrid", "eventGridTrigger"],
  ]);
  const queue = worker.functions.get("one-storageQueue")?.trigger;
  assert.deepEqual([queue?.queueName, queue?.connection], Object.values(QUEUE));
  const sessions = worker.functions.get("one-sessions")?.trigger;
  assert.deepEqual([sessions?.cardinality, sessions?.isSessionsEnabled], ["many", true]);
  await deliver("warmup", { json: "{}" });
  assert.deepEqual(loads, ["one"]);
});

for (const [name, metadata] of SINGLE) {
  describe(name, () => {
    test("a message is its JSON value, its text or its bytes", async () => {
      assert.deepEqual(await deliver(name, { string: '{"n":1}' }, metadata), [{ n: 1 }]);
      assert.deepEqual(await deliver(name, { string: "[1,2]" }, metadata), [[1, 2]]);
      assert.deepEqual(await deliver(name, { string: "plain text" }, metadata), ["plain text"]);
      assert.deepEqual(await deliver(name, { string: '{"instances":[1,2]}' }, metadata), [1, 2]);
      const bytes = { bytes: Uint8Array.of(0, 255, 7) };
      assert.deepEqual(await deliver(name, bytes, { ...metadata, ContentType: { string: "" } }), [[0, 255, 7]]);
    });

    test("an event of Event Grid that a subscription put there is its data, in both schemas", async () => {
      assert.deepEqual(await deliver(name, { string: JSON.stringify(GRID_EVENT) }, metadata), [{ n: 1 }]);
      assert.deepEqual(await deliver(name, { string: JSON.stringify(CLOUD_EVENT) }, metadata), [{ n: 1 }]);
    });

    test("an input that has some members of an event is an input", async () => {
      const { topic, ...partial } = GRID_EVENT;
      for (const input of [partial, { specversion: "1.0", id: "1" }, { ...CLOUD_EVENT, source: 1 }])
        assert.deepEqual(await deliver(name, { string: JSON.stringify(input) }, metadata), [input]);
    });

    test("a failure throws with the message's id and the code, without what was thrown, and the next is served", async () => {
      const id = name === "one-storageQueue" ? "storage queue message 1a2b3c4d" : "Service Bus message m-1";
      await assert.rejects(deliver(name, { string: '{"fail":true}' }, metadata), (error: Error) => {
        assert.equal(error.message, `${id} failed with predict-failed (500): The predictor failed on this input`);
        assert.equal(error.name, "predict-failed");
        assert.doesNotMatch(`${error.stack}${error.cause}`, /hunter2/);
        return true;
      });
      assert.deepEqual(await deliver(name, { string: '{"n":2}' }, metadata), [{ n: 2 }]);
    });
  });
}

test("a Service Bus message has the type that it names", async () => {
  const typed = (type: string) => ({ ...BUS_METADATA, ContentType: { string: type } });
  assert.deepEqual(await deliver("one-serviceBusQueue", { string: "1,2\n3,4\n" }, typed("text/csv")), [
    [1, 2],
    [3, 4],
  ]);
  const json = { bytes: Buffer.from('{"n":3}') };
  assert.deepEqual(await deliver("one-serviceBusQueue", json, typed("application/json")), [{ n: 3 }]);
  await assert.rejects(deliver("one-serviceBusQueue", { string: "<a/>" }, typed("application/xml")), {
    name: "unsupported-media-type",
  });
});

describe("Event Grid", () => {
  const grid = (event: unknown) => deliver("one-eventGrid", { json: JSON.stringify(event) });

  test("the input is the data of an event in either schema", async () => {
    assert.deepEqual(await grid(GRID_EVENT), [{ n: 1 }]);
    assert.deepEqual(await grid(CLOUD_EVENT), [{ n: 1 }]);
    assert.deepEqual(await grid({ ...GRID_EVENT, data: "text" }), ["text"]);
    assert.deepEqual(await grid({ ...CLOUD_EVENT, datacontenttype: "text/csv", data: "1,2" }), [[1, 2]]);
    const data_base64 = Buffer.from([0, 255]).toString("base64");
    const { data, ...attributes } = CLOUD_EVENT;
    assert.deepEqual(await grid({ ...attributes, data_base64 }), [[0, 255]]);
    assert.deepEqual(await grid({ ...attributes, datacontenttype: "image/png", data_base64 }), [[0, 255]]);
  });

  test("anything else is refused by name", async () => {
    for (const [event, what] of [
      [{ n: 1 }, "an object with n"],
      [[GRID_EVENT], "a list"],
      [null, "an object with no member"],
    ] as const)
      await assert.rejects(grid(event), { name: "unsupported-event", message: new RegExp(`this is ${what}`) });
  });
});

describe("a batch of Service Bus", () => {
  const batch = (
    name: string,
    texts: readonly string[],
    metadata = busBatchMetadata(texts.map((_, at) => `m-${at}`)),
  ) => deliver(name, { collectionString: { string: texts } }, metadata);
  const numbers = Array.from({ length: 30 }, (_, n) => ({ n }));
  const texts = numbers.map((input) => JSON.stringify(input));

  test("predict sees each message, under an id of its own", async () => {
    const before = ids.length;
    assert.deepEqual(new Set(await batch("one-batch", texts)), new Set(numbers));
    const of = ids.slice(before).map((id) => id.split("/")[1]);
    assert.deepEqual(of.sort(), texts.map((_, at) => `m-${at}`).sort());
  });

  test("messages of sessions run in order", async () => {
    assert.deepEqual(await batch("one-sessions", texts), numbers);
  });

  test("predictBatch sees all in one call", async () => {
    assert.deepEqual(await batch("many-batch", texts), [numbers]);
    assert.deepEqual(await batch("many-batch", ['{"n":1}']), [[{ n: 1 }]]);
  });

  test("messages that are batches or not JSON have calls of their own", async () => {
    const calls = await batch("many-batch", ['{"instances":[{"n":1},{"n":2}]}', '{"n":3}']);
    assert.deepEqual(new Set(calls), new Set([[{ n: 1 }, { n: 2 }], [{ n: 3 }]]));
    const metadata = busBatchMetadata(["a", "b"], ["text/csv", "application/json"]);
    assert.deepEqual(new Set(await batch("one-batch", ["1,2", '{"n":3}'], metadata)), new Set([[1, 2], { n: 3 }]));
  });

  test("ids that the library has parsed, and missing metadata, are names too", async () => {
    assert.equal((await batch("one-batch", texts.slice(0, 3), busBatchMetadata(["1", "2", "3"]))).length, 3);
    assert.equal((await deliver("one-batch", { collectionString: { string: texts.slice(0, 3) } })).length, 3);
  });

  test("one failure fails the invocation, so that Azure delivers all again", async () => {
    for (const name of ["one-batch", "one-sessions"])
      await assert.rejects(batch(name, ['{"n":1}', '{"fail":true}', '{"n":2}']), {
        message: "Service Bus message m-1 failed with predict-failed (500): The predictor failed on this input",
      });
    await assert.rejects(batch("many-batch", ['{"n":1}', '{"fail":true}']), {
      message: /^a batch of 2 messages, the first of which is Service Bus message m-0, failed with predict-failed/,
    });
  });
});

test("options are checked by name", () => {
  const refuses = (options: object, message: RegExp) =>
    assert.throws(() => azureFunctionsEvent(one, options as never), { code: "invalid-option", message });
  refuses({}, /trigger is undefined; it must be one of storageQueue, serviceBusQueue, serviceBusTopic, eventGrid/);
  refuses({ trigger: "constructor" }, /trigger is "constructor"; it must be one of/);
  refuses({ trigger: "storageQeue", ...QUEUE }, /did you mean "storageQueue"\?/);
  refuses({ trigger: "eventHub" }, /trigger is "eventHub"; its messages are a stream, .*send inputs to Service Bus/);
  refuses({ trigger: "storageBlob" }, /trigger is "storageBlob"; an event of Event Grid/);
  refuses({ trigger: "http" }, /azureFunctions\(predictor\) serves HTTP/);
  refuses(
    { trigger: "storageQueue", connection: "C" },
    /queueName is undefined; a storageQueue trigger needs it as text/,
  );
  refuses({ trigger: "serviceBusTopic", topicName: "t", connection: "C" }, /subscriptionName is undefined/);
  refuses({ trigger: "storageQueue", ...QUEUE, cardinality: "many" }, /has no option "cardinality"/);
  refuses(
    { trigger: "serviceBusQueue", ...BUS, cardinality: "all" },
    /cardinality is "all"; it must be "one" or "many"/,
  );
  refuses({ trigger: "serviceBusQueue", ...BUS, sdkBinding: true }, /has no option "sdkBinding"/);
});
