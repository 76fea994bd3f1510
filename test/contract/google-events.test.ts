import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { cloudFunctionsEvent } from "@tricast/cloud-functions";
import { definePredictor } from "@tricast/core";
import { PING_SHAPES } from "@tricast/core/adapter";
import { send } from "../e2e/support/wire-client.ts";
import type { WireResponse } from "../events/event-source.ts";
import "./support/quiet.ts";
import { wireText } from "./support/core-testing.ts";

const counts = { loaded: 0 };
const seen: unknown[] = [];

cloudFunctionsEvent(
  definePredictor({
    name: "events",
    load: () => {
      counts.loaded++;
      return {};
    },
    predict(input: { fail?: boolean } | Uint8Array) {
      seen.push(input instanceof Uint8Array ? [...input] : input);
      if (!(input instanceof Uint8Array) && input?.fail === true) throw new Error("the password is hunter2");
      return { ok: true };
    },
  }),
);

let server: Server;
let origin: string;

before(async () => {
  server = getTestServer("events");
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** A CloudEvent over HTTP in binary mode, as Eventarc delivers it. */
function deliver(data: unknown, type = "com.example.order", contentType = "application/json"): Promise<WireResponse> {
  return send(origin, {
    method: "POST",
    target: "/",
    headers: [
      ["ce-specversion", "1.0"],
      ["ce-id", "1234"],
      ["ce-type", type],
      ["ce-source", "//pubsub.googleapis.com/projects/p/topics/t"],
      ["content-type", contentType],
    ],
    body: data instanceof Uint8Array ? data : Buffer.from(JSON.stringify(data)),
  });
}

function publish(body: string | Uint8Array, attributes?: Record<string, string>): Promise<WireResponse> {
  const message = { messageId: "1", data: Buffer.from(body).toString("base64"), ...(attributes && { attributes }) };
  return deliver({ message, subscription: "s" }, "google.cloud.pubsub.topic.v1.messagePublished");
}

async function assertPing(delivery: Promise<WireResponse>): Promise<void> {
  const before = seen.length;
  const response = await delivery;
  assert.ok(response.status >= 200 && response.status < 300, wireText(response));
  assert.equal(seen.length, before, "a ping reached predict");
}

async function assertTraffic(delivery: Promise<WireResponse>, input: unknown): Promise<void> {
  const before = seen.length;
  const response = await delivery;
  assert.ok(response.status < 300, wireText(response));
  assert.deepEqual(seen.slice(before), [input]);
}

test("a Pub/Sub message with the ping's attribute is a ping whatever its body is", async () => {
  for (const body of ["", "{}", '{"n":1}', "\u0000"]) await assertPing(publish(body, { "x-tricast-warmup": "1" }));
});

for (const { kind, sample } of PING_SHAPES) {
  test(`${kind}'s ping in a Pub/Sub message or as an event's data is a ping`, async () => {
    const text = typeof sample === "string" ? sample : JSON.stringify(sample);
    await assertPing(publish(text));
    if (typeof sample === "object") await assertPing(deliver(sample));
  });
}

test("pings in parallel are all answered, and the model is loaded once", async () => {
  await Promise.all(Array.from({ length: 20 }, () => assertPing(publish("", { "x-tricast-warmup": "1" }))));
  assert.equal(counts.loaded, 1);
});

test("a message is its decoded bytes, an event its data", async () => {
  await assertTraffic(publish('{"n":1}'), { n: 1 });
  await assertTraffic(publish('{"n":2}', { other: "attribute" }), { n: 2 });
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  await assertTraffic(publish(bytes, { "content-type": "application/octet-stream" }), [...bytes]);
  await assertTraffic(deliver({ n: 3 }), { n: 3 });
  await assertTraffic(deliver(bytes, "com.example.bytes", "application/octet-stream"), [...bytes]);
});

test("an event in binary mode has the type of its body", async () => {
  await assertTraffic(deliver(Buffer.from('{"n":5}'), "com.example.order", "application/json; charset=utf-8"), {
    n: 5,
  });
  await assertTraffic(deliver(Buffer.from('{"n":6}'), "com.example.order", "application/vnd.order+json"), { n: 6 });
  await assertTraffic(deliver(Buffer.from("7,8\n"), "com.example.order", "text/csv"), [7, 8]);
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 255);
  await assertTraffic(deliver(png, "com.example.image", "image/png"), [...png]);
});

/** A CloudEvent over HTTP in structured mode. */
function deliverWhole(event: unknown, contentType = "application/cloudevents+json"): Promise<WireResponse> {
  const body = Buffer.from(JSON.stringify(event));
  return send(origin, { method: "POST", target: "/", headers: [["content-type", contentType]], body });
}

const ATTRIBUTES = { specversion: "1.0", id: "5678", type: "com.example.order", source: "//example" };

test("an event in structured mode is its data, or the bytes of data_base64, of its type", async () => {
  await assertTraffic(deliverWhole({ ...ATTRIBUTES, data: { n: 8 } }), { n: 8 });
  await assertTraffic(deliverWhole({ ...ATTRIBUTES, datacontenttype: "text/csv", data: "9,10\n" }), [9, 10]);
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  const data_base64 = Buffer.from(bytes).toString("base64");
  await assertTraffic(deliverWhole({ ...ATTRIBUTES, data_base64 }), [...bytes]);
  await assertTraffic(deliverWhole({ ...ATTRIBUTES, datacontenttype: "image/png", data_base64 }), [...bytes]);
  const json = Buffer.from('{"n":10}').toString("base64");
  const typed = { ...ATTRIBUTES, datacontenttype: "application/json", data_base64: json };
  await assertTraffic(deliverWhole(typed), { n: 10 });
  await assertTraffic(deliverWhole(typed, "application/cloudevents+json; charset=utf-8"), { n: 10 });
});

test("a batch of events, and JSON that is not an event, are refused by name", async (t) => {
  t.mock.method(console, "error", () => {});
  const batch = [{ ...ATTRIBUTES, data: { n: 11 } }];
  for (const delivery of [
    deliverWhole(batch, "application/cloudevents-batch+json"),
    deliverWhole(batch, "application/json"),
    deliverWhole({ n: 12 }, "application/json"),
  ]) {
    const before = seen.length;
    const response = await delivery;
    assert.equal(response.status, 500);
    assert.match(wireText(response), /unsupported-event/);
    assert.equal(seen.length, before);
  }
});

test("a push of Pub/Sub itself, and an event of Cloud Storage, are what they hold", async () => {
  const message = {
    messageId: "1",
    publishTime: "2026-03-10T05:15:00Z",
    data: Buffer.from('{"n":13}').toString("base64"),
  };
  const subscription = "projects/p/subscriptions/s";
  await assertTraffic(deliverWhole({ message, subscription }, "application/json"), { n: 13 });
  const object = { kind: "storage#object", bucket: "b", name: "folder/object.csv", contentType: "text/csv", size: "9" };
  await assertTraffic(deliver(object, "google.cloud.storage.object.v1.finalized"), object);
});

test("what merely looks like a ping is traffic", async () => {
  for (const input of [{ warmer: "true" }, { source: "serverless-plugin-warmup", n: 1 }, { ping: { warmer: true } }]) {
    await assertTraffic(publish(JSON.stringify(input)), input);
    await assertTraffic(deliver(input), input);
  }
});

test("a failure fails the delivery, so that it is tried again, leaks nothing, and the next is served", async (t) => {
  // The framework prints what it answers with.
  const printed = t.mock.method(console, "error", () => {});
  const response = await publish('{"fail":true}');
  assert.equal(response.status, 500);
  assert.match(wireText(response), /predict-failed/);
  assert.doesNotMatch(printed.mock.calls.map((call) => String(call.arguments)).join(), /hunter2/);
  assert.ok(!wireText(response).includes("hunter2"));
  await assertTraffic(publish('{"n":4}'), { n: 4 });
});
