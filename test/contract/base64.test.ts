import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import fc from "fast-check";
import { AWS_EVENT_SOURCES } from "../events/aws/sources.ts";
import type { EventSource, WireRequest } from "../events/event-source.ts";
import { lambdaContext } from "./hosts/aws.ts";
import { anyText } from "./support/random.ts";
import "./support/quiet.ts";
import { post, postBytes } from "./support/core-testing.ts";

/** The flags by which Lambda's events and replies say whether a body is base64: no other platform has them. */
const handler = lambda(
  definePredictor({
    name: "flags",
    load: () => ({}),
    predict: (input: unknown) => (input instanceof Uint8Array ? input : { input }),
  }),
);

interface Flagged {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

async function invoke(event: unknown): Promise<Flagged> {
  return (await handler(event, lambdaContext())) as Flagged;
}

function build(source: EventSource, wire: WireRequest): Record<string, unknown> {
  return source.build(wire) as Record<string, unknown>;
}

/** The same event as a platform sends it that takes every type for binary. */
function asBase64(event: Record<string, unknown>): Record<string, unknown> {
  const flag = "is_base64_encoded" in event ? "is_base64_encoded" : "isBase64Encoded";
  assert.equal(event[flag], false, "this body was binary already");
  return { ...event, body: Buffer.from(String(event.body)).toString("base64"), [flag]: true };
}

assert.ok(AWS_EVENT_SOURCES.length >= 9);

for (const source of AWS_EVENT_SOURCES) {
  describe(`base64 flags: ${source.name}`, () => {
    test("JSON that the platform sends as base64 is the same JSON", async () => {
      await fc.assert(
        fc.asyncProperty(anyText, async (text) => {
          const event = build(source, post({ text }));
          const reply = await invoke(asBase64(event));
          assert.equal(reply.body, (await invoke(event)).body);
          assert.deepEqual(JSON.parse(reply.body), { input: { text } });
        }),
      );
    });

    test("text leaves as text and without the flag, errors too", async () => {
      for (const wire of [post({ text: "é😀" }), post("{"), post({}, { target: "/nowhere" })]) {
        const reply = await invoke(source.build(wire));
        assert.equal(reply.isBase64Encoded, false);
        assert.equal(typeof JSON.parse(reply.body), "object");
      }
    });

    test("bytes leave as base64 with the flag, even when they are readable", async () => {
      for (const body of [Uint8Array.of(0, 255), Buffer.from("plain"), Buffer.from("{}")]) {
        const reply = await invoke(source.build(postBytes(body)));
        assert.equal(reply.isBase64Encoded, true);
        assert.equal(reply.body, Buffer.from(body).toString("base64"));
      }
    });
  });
}
