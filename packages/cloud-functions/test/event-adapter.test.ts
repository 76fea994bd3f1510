import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TricastError } from "@tricast/core";
import type { ReceivedRequest, WholeResponse } from "@tricast/core/adapter";
import fc from "fast-check";
import { createEventAdapter } from "../src/event-adapter.ts";
import type { CloudEvent } from "../src/index.ts";

const adapter = createEventAdapter();

const event = (fields: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: "1.0",
  id: "e-1",
  type: "test.event",
  source: "//tests",
  ...fields,
});

const published = (message: object): CloudEvent => event({ data: { subscription: "s", message } });

function contentOf(received: CloudEvent): readonly [type: string | undefined, body: ReceivedRequest["body"]] {
  const { headers, body } = adapter.toRequest(received, undefined) as ReceivedRequest;
  return [headers["content-type"], body];
}

const text = (body: ReceivedRequest["body"]) => (body === undefined ? undefined : Buffer.from(body).toString());

describe("the body of an event", () => {
  it("is every byte of a Pub/Sub message, with the type that its attribute names", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.constantFrom("messageId", "message_id"), (bytes, id) => {
        const data = Buffer.from(bytes).toString("base64");
        const [type, body] = contentOf(published({ [id]: "1", data, attributes: { "content-type": "image/png" } }));
        assert.equal(type, "image/png");
        assert.deepEqual(new Uint8Array(body as Uint8Array), bytes);
      }),
    );
  });

  it("is JSON for a message that names no type", () => {
    const [type, body] = contentOf(published({ messageId: "1", data: Buffer.from('{"a":1}').toString("base64") }));
    assert.deepEqual([type, text(body)], ["application/json", '{"a":1}']);
  });

  it("is missing for a message, or an event, without data", () => {
    for (const message of [{ messageId: "1" }, { messageId: "1", data: "" }])
      assert.deepEqual(contentOf(published(message)), ["application/json", undefined]);
    for (const data of [undefined, null]) assert.deepEqual(contentOf(event({ data })), ["application/json", undefined]);
  });

  it("is any JSON value that the framework has parsed, as JSON again", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom("application/json", "application/vnd.x+json", undefined),
        (data, type) => {
          fc.pre(data !== null);
          const received = event({ data, ...(type !== undefined && { datacontenttype: type }) });
          const [sent, body] = contentOf(received);
          assert.equal(sent, type ?? "application/json");
          assert.deepEqual(JSON.parse(text(body) ?? ""), JSON.parse(JSON.stringify(data)));
        },
      ),
    );
  });

  it("is text of another type as it is, and bytes as bytes", () => {
    assert.deepEqual(contentOf(event({ data: "1,2", datacontenttype: "text/csv" })), ["text/csv", "1,2"]);
    const bytes = Uint8Array.of(0, 255);
    assert.deepEqual(contentOf(event({ data: bytes })), ["application/octet-stream", bytes]);
    assert.deepEqual(contentOf(event({ data: bytes, datacontenttype: "image/png" })), ["image/png", bytes]);
  });

  it("is the whole data where a member is only named like a message", () => {
    const data = { message: { text: "hello" } };
    const [, body] = contentOf(event({ data }));
    assert.deepEqual(JSON.parse(text(body) ?? ""), data);
  });
});

describe("an event", () => {
  it("is a prediction under its own id and trace", () => {
    const traceparent = `00-${"1".repeat(32)}-${"2".repeat(16)}-01`;
    const received = event({ traceparent, data: {} });
    const { id, traceparent: passed, native } = adapter.toInvocation(received, undefined);
    assert.deepEqual([id, passed, native], ["e-1", traceparent, received]);
    const { method, path, query } = adapter.toRequest(received, undefined) as ReceivedRequest;
    assert.deepEqual([method, path, query], ["POST", "/predict", ""]);
  });

  it("is a ping by the attribute of its message, whatever that holds", () => {
    for (const data of ["", "{", Buffer.from('{"n":1}').toString("base64"), "not base64 \u0000"])
      assert.ok(adapter.toPing(published({ messageId: "1", data, attributes: { "x-tricast-warmup": "" } }), undefined));
  });

  it("never makes the adapter throw, so that it is answered or delivered again", () => {
    fc.assert(
      fc.property(fc.anything({ withTypedArray: true }), (data) => {
        const received = event({ data });
        adapter.toPing(received, undefined);
        adapter.toInvocation(received, undefined);
      }),
    );
  });
});

describe("the result of an event", () => {
  const answered = (error?: TricastError): WholeResponse => ({
    status: error === undefined ? 200 : 500,
    headers: {},
    body: "secret body",
    outcome: { operation: "predict", error },
  });

  it("is nothing for a prediction, also without an outcome", () => {
    const [ok, bare] = [answered(), { status: 200, headers: {}, body: "" }];
    for (const response of [ok, bare]) assert.equal(adapter.toResult(response, event(), undefined), undefined);
  });

  it("is an error with the event and the code for a failure, without what was thrown", async () => {
    const failure = new TricastError("predict-failed", "secret: in the event", { cause: new Error("secret cause") });
    const result = await adapter.toResult(answered(failure), event(), undefined);
    assert.equal(
      result?.message,
      "event e-1 (test.event) failed with predict-failed (500): The predictor failed on this input",
    );
    assert.doesNotMatch(JSON.stringify(result) + String(result?.cause ?? ""), /secret/);
  });
});
