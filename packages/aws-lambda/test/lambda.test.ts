import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { InvocationFailure, type LambdaContext, lambda } from "@tricast/aws-lambda";
import { definePredictor, TricastError } from "@tricast/core";
import { PING_SHAPES } from "@tricast/core/adapter";
import * as v from "valibot";
import { buildAlbEvent, readAlbResult } from "../../../test/events/aws/alb.ts";
import { buildV2Event, readV2Result } from "../../../test/events/aws/http-api.ts";
import { AWS_EVENT_SOURCES } from "../../../test/events/aws/sources.ts";
import { buildEventBridgeEvent, buildSqsEvent, buildWebSocketEvent } from "../../../test/events/aws/triggers.ts";
import type { WireRequest } from "../../../test/events/event-source.ts";

const context = {
  awsRequestId: "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
  getRemainingTimeInMillis: () => 3_000,
} as LambdaContext;

const seen: string[] = [];

const doubler = definePredictor({
  name: "doubler",
  input: v.object({ value: v.number(), mode: v.optional(v.string()) }),
  examples: [{ value: 1 }],
  warmup: { holdMs: 1 },
  async predict({ value, mode }, { invocation }) {
    seen.push(invocation.id);
    if (mode === "throw") throw new Error("secret: the password is hunter2");
    if (mode === "bytes") return new Uint8Array([0, 255, 1, 254]);
    if (mode === "long") return "x".repeat(7_000_000);
    if (mode === "exact") return { id: 9_007_199_254_740_993n, value };
    return { doubled: value * 2 };
  },
});

const handler = lambda(doubler);

function request(body: unknown, part: Partial<WireRequest> = {}): WireRequest {
  return {
    method: "POST",
    target: "/predict",
    headers: [["content-type", "application/json"]],
    body: Buffer.from(JSON.stringify(body)),
    ...part,
  };
}

describe("lambda()", () => {
  it("declares two parameters, as the runtime client on Node 24 asks", () => {
    assert.equal(handler.length, 2);
  });

  it("refuses an option it does not know, by name, with the nearest one", () => {
    assert.throws(
      () => lambda(doubler, { basepath: "/x" } as object),
      (error: TricastError) => error.code === "invalid-option" && /"basepath".*"basePath"/.test(error.message),
    );
  });

  it("refuses what is not a predictor", () => {
    assert.throws(
      () => lambda({ default: doubler } as never),
      (error: TricastError) => error.code === "invalid-definition",
    );
  });

  it("is ready once the model is", async () => {
    await handler.ready;
    const metadata = readV2Result(
      await handler(buildV2Event(request({}, { method: "GET", target: "/ready" })), context),
    );
    assert.equal(metadata.status, 200);
  });

  it("does not wait for a slow model past the init phase of an on-demand instance", async () => {
    const { resolve, promise } = Promise.withResolvers<string>();
    const slow = lambda(definePredictor({ name: "slow", load: () => promise, predict: () => 1 }));
    const uptime = process.uptime;
    process.uptime = () => 9.49;
    try {
      await slow.ready;
    } finally {
      process.uptime = uptime;
      resolve("loaded");
    }
  });

  it("waits for a slow model where instances are provisioned", async () => {
    const { resolve, promise } = Promise.withResolvers<string>();
    const slow = lambda(definePredictor({ name: "slow", load: () => promise, predict: () => 1 }));
    const uptime = process.uptime;
    process.env.AWS_LAMBDA_INITIALIZATION_TYPE = "provisioned-concurrency";
    process.uptime = () => 60;
    let isReady = false;
    try {
      const ready = slow.ready.then(() => {
        isReady = true;
      });
      await new Promise((done) => setTimeout(done, 20));
      assert.equal(isReady, false);
      resolve("loaded");
      await ready;
      assert.equal(isReady, true);
    } finally {
      process.uptime = uptime;
      delete process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
    }
  });

  it("answers without a context, as unit tests call handlers", async () => {
    assert.deepEqual(await handler({ value: 3 }, undefined as never), { doubled: 6 });
  });
});

for (const source of AWS_EVENT_SOURCES) {
  describe(`lambda() behind ${source.name}`, () => {
    const send = async (wire: WireRequest) => {
      const event = source.build(wire);
      return source.read(await handler(event, context), event);
    };
    const problemOf = async (wire: WireRequest) => {
      const { status, body, headers } = await send(wire);
      assert.ok(headers.some(([name, value]) => name === "content-type" && value === "application/problem+json"));
      return { status, ...(JSON.parse(Buffer.from(body).toString()) as { code: string; detail?: string }) };
    };

    it("predicts", async () => {
      const wire = await send(request({ value: 21 }));
      assert.equal(wire.status, 200);
      assert.deepEqual(JSON.parse(Buffer.from(wire.body).toString()), { doubled: 42 });
      assert.ok(wire.headers.some(([name, value]) => name === "x-request-id" && value === context.awsRequestId));
    });

    it("answers bytes as bytes", async () => {
      assert.deepEqual([...(await send(request({ value: 1, mode: "bytes" }))).body], [0, 255, 1, 254]);
    });

    it("tells malformed JSON, a wrong shape, an unknown route and a wrong method", async () => {
      assert.deepEqual((await problemOf(request({}, { body: Buffer.from("{") }))).code, "invalid-json");
      assert.deepEqual((await problemOf(request({ value: "x" }))).code, "invalid-input");
      assert.deepEqual((await problemOf(request({}, { target: "/nothing" }))).code, "not-found");
      assert.deepEqual((await problemOf(request({}, { method: "DELETE" }))).code, "method-not-allowed");
    });

    it("keeps what a user's error says to itself", async () => {
      const problem = await problemOf(request({ value: 1, mode: "throw" }));
      assert.equal(problem.status, 500);
      assert.equal(problem.code, "predict-failed");
      assert.doesNotMatch(JSON.stringify(problem), /hunter2/);
    });

    it("answers a reply over the limit with a problem, and serves the next request", async () => {
      const problem = await problemOf(request({ value: 1, mode: "long" }));
      assert.equal(problem.code, "response-too-large");
      assert.match(problem.detail ?? "", /limit is \d+/);
      assert.equal((await send(request({ value: 1 }))).status, 200);
    });

    it("answers a body that is no base64 with a problem", async () => {
      const event = source.build(request({}, { headers: [["content-type", "image/png"]] })) as Record<string, unknown>;
      const wire = source.read(await handler({ ...event, body: "***" }, context), event);
      assert.equal(wire.status, 400);
      assert.equal(JSON.parse(Buffer.from(wire.body).toString()).code, "invalid-body");
    });

    it("takes a body that looks like a ping for traffic", async () => {
      for (const { sample } of PING_SHAPES) {
        assert.equal((await problemOf(request(sample))).code, "invalid-input");
      }
    });

    it("takes a ping with the secret, and with no other", async () => {
      process.env.TRICAST_WARMUP_SECRET = "s3cret";
      try {
        const ping = { method: "POST", target: "/", body: new Uint8Array() };
        const wire = await send({ ...ping, headers: [["X-Tricast-Warmup", "s3cret"]] });
        assert.equal(wire.status, 200);
        assert.equal(JSON.parse(Buffer.from(wire.body).toString()).warmed, true);
        assert.equal((await send({ ...ping, headers: [["X-Tricast-Warmup", "s3creT"]] })).status, 400);
      } finally {
        delete process.env.TRICAST_WARMUP_SECRET;
      }
    });
  });
}

describe("a load balancer's health check", () => {
  const check: WireRequest = {
    method: "GET",
    target: "/anything",
    headers: [["user-agent", "ELB-HealthChecker/2.0"]],
    body: new Uint8Array(),
  };

  for (const multiValue of [false, true]) {
    it(`is answered with the state of the model (multi-value headers ${multiValue})`, async () => {
      const wire = readAlbResult(await handler(buildAlbEvent(check, { multiValue }), context), { multiValue });
      assert.equal(wire.status, 200);
      assert.equal(JSON.parse(Buffer.from(wire.body).toString()).state, "ready");
    });
  }

  it("fails while the model cannot load", async () => {
    const load = (): Promise<string> => Promise.reject(new Error("no such file"));
    const broken = lambda(definePredictor({ name: "broken", load, predict: () => 1 }));
    const result = await broken(buildAlbEvent(check, { multiValue: false }), context);
    assert.equal(readAlbResult(result, { multiValue: false }).status, 503);
  });
});

describe("direct invocation", () => {
  it("takes the event for the input and answers the prediction itself", async () => {
    assert.deepEqual(await handler({ value: 4 }, context), { doubled: 8 });
    assert.deepEqual(await handler({ instances: [{ value: 1 }, { value: 2 }] }, context), {
      predictions: [{ doubled: 2 }, { doubled: 4 }],
    });
  });

  it("takes an input that merely resembles other events", async () => {
    const echo = lambda(definePredictor({ name: "echo", predict: (input: unknown) => ({ input }) }));
    const inputs = [
      { Records: [1, 2] },
      { path: "/x", method: "GET" },
      { version: "2.0" },
      "text",
      7,
      null,
      [1, [2]],
      { requestContext: {} },
    ];
    for (const input of inputs) assert.deepEqual(await echo(input, context), { input });
  });

  it("keeps every digit of a 64-bit integer in the JSON that Lambda sends", async () => {
    const result = await handler({ value: 0.1234567890123456, mode: "exact" }, context);
    assert.equal(JSON.stringify(result), '{"id":9007199254740993,"value":0.1234567890123456}');
  });

  it("answers bytes as base64 with their type", async () => {
    assert.deepEqual(await handler({ value: 1, mode: "bytes" }, context), {
      contentType: "application/octet-stream",
      body: "AP8B/g==",
      isBase64Encoded: true,
    });
  });

  it("throws a failure under its code, without a stack", async () => {
    const failure = await rejection(handler({ value: "x" }, context));
    assert.equal(failure.name, "invalid-input");
    assert.equal(failure.status, 422);
    assert.match(failure.message, /value/);
    assert.equal(failure.stack, `invalid-input: ${failure.message}`);
    assert.doesNotMatch((await rejection(handler({ value: 1, mode: "throw" }, context))).message, /hunter2/);
    assert.equal((await rejection(handler({ value: 1, mode: "long" }, context))).name, "response-too-large");
  });

  for (const { kind, sample } of PING_SHAPES) {
    it(`answers the ping of ${kind}`, async () => {
      const before = seen.length;
      const answer = await handler(sample, context);
      assert.equal(seen.length, before, "a ping reached predict");
      assert.ok(answer !== undefined && answer !== null);
    });
  }
});

describe("events that hold no input", () => {
  it("refuses a WebSocket message with a reply", async () => {
    const reply = (await handler(buildWebSocketEvent("{}"), context)) as { statusCode: number; body: string };
    assert.equal(reply.statusCode, 400);
    assert.equal(JSON.parse(reply.body).code, "unsupported-event");
  });
});

describe("EventBridge", () => {
  it("takes the detail for the input", async () => {
    assert.deepEqual(await handler(buildEventBridgeEvent({ value: 2 }), context), { doubled: 4 });
  });

  it("throws a failure, so that the event is tried again", async () => {
    assert.equal((await rejection(handler(buildEventBridgeEvent({ value: "x" }), context))).name, "invalid-input");
  });
});

describe("SQS", () => {
  it("names exactly the messages that failed", async () => {
    const bodies = ['{"value":1}', "{", '{"value":"x"}', '{"value":2,"mode":"throw"}', '{"value":3}'];
    assert.deepEqual(await handler(buildSqsEvent(bodies), context), {
      batchItemFailures: [
        { itemIdentifier: "message-1" },
        { itemIdentifier: "message-2" },
        { itemIdentifier: "message-3" },
      ],
    });
  });

  it("names none when all went well", async () => {
    assert.deepEqual(await handler(buildSqsEvent(['{"value":1}']), context), { batchItemFailures: [] });
  });

  it("gives each message an id of its own", async () => {
    seen.length = 0;
    await handler(buildSqsEvent(['{"value":1}', '{"value":2}']), context);
    assert.deepEqual(seen, [`${context.awsRequestId}/message-0`, `${context.awsRequestId}/message-1`]);
  });

  it("works on at most ten messages at once, and on ten", async () => {
    let [now, most] = [0, 0];
    const busy = lambda(
      definePredictor({
        name: "busy",
        async predict() {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setTimeout(resolve, 2));
          now--;
          return 1;
        },
      }),
    );
    await busy(buildSqsEvent(Array.from({ length: 45 }, () => "{}")), context);
    assert.equal(most, 10);
  });

  it("hands the rest of a FIFO group back unread after a failure, and runs the other groups in order", async () => {
    const order: number[] = [];
    const fifo = lambda(
      definePredictor({
        name: "fifo",
        async predict({ n, wait = 0 }: { n: number; wait?: number }) {
          await new Promise((resolve) => setTimeout(resolve, wait));
          order.push(n);
          if (n === 2) throw new TricastError("invalid-input", "two");
          return n;
        },
      }),
    );
    const bodies = ['{"n":1}', '{"n":10,"wait":15}', '{"n":2}', '{"n":3}', '{"n":11}'];
    const result = await fifo(buildSqsEvent(bodies, { groups: ["a", "b", "a", "a", "b"] }), context);
    assert.deepEqual(result, { batchItemFailures: [{ itemIdentifier: "message-2" }, { itemIdentifier: "message-3" }] });
    assert.deepEqual(order, [1, 2, 10, 11]);
  });
});

async function rejection(work: Promise<unknown>): Promise<InvocationFailure> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof InvocationFailure);
    return error;
  }
  assert.fail("the invocation did not fail");
}
