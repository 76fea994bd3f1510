import assert from "node:assert/strict";
import { describe, it } from "node:test";
import middy from "@middy/core";
import httpHeaderNormalizer from "@middy/http-header-normalizer";
import httpJsonBodyParser from "@middy/http-json-body-parser";
import { lambda } from "@tricast/aws-lambda";
import { tricast } from "@tricast/aws-lambda/middy";
import { definePredictor } from "@tricast/core";
import { PING_SHAPES } from "@tricast/core/adapter";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { buildV2Event, readV2Result } from "../../../test/events/aws/http-api.ts";

const context = { awsRequestId: "id", getRemainingTimeInMillis: () => 3_000 } as Context;

const predictor = definePredictor({
  name: "adder",
  load: async () => ({ add: (a: number, b: number) => a + b }),
  predict: ({ a, b }: { a: number; b: number }, { model }) => ({ sum: model.add(a, b) }),
});

const event = buildV2Event({
  method: "POST",
  target: "/predict",
  headers: [["Content-Type", "application/json"]],
  body: Buffer.from('{"a":1,"b":2}'),
}) as unknown as APIGatewayProxyEventV2;

describe("lambda() under middy", () => {
  it("answers as middy's handler, given at once or later", async () => {
    const handlers = [middy(lambda(predictor)), middy().handler(lambda(predictor))];
    for (const handler of handlers) {
      assert.equal(Buffer.from(readV2Result(await handler(event, context)).body).toString(), '{"sum":3}');
    }
  });

  it("answers behind middleware that has parsed the body and renamed the headers", async () => {
    const handler = middy()
      .use(httpHeaderNormalizer())
      .use(httpJsonBodyParser())
      .after((request) => {
        request.response.headers = { ...request.response.headers, "x-after": "yes" };
      })
      .handler(lambda(predictor));
    const wire = readV2Result(await handler(structuredClone(event), context));
    assert.equal(Buffer.from(wire.body).toString(), '{"sum":3}');
    assert.ok(wire.headers.some(([name, value]) => name === "x-after" && value === "yes"));
  });
});

describe("tricast() as middy middleware", () => {
  it("puts the ready model into the context of a user's own handler, typed", async () => {
    const handler = middy()
      .use(tricast(predictor))
      .handler(async (_event: unknown, { tricast: { model } }) => model.add(20, 22));
    assert.equal(await handler({}, structuredCloneContext()), 42);
  });

  it("answers pings before the user's handler", async () => {
    let calls = 0;
    const handler = middy()
      .use(tricast(predictor))
      .handler(async () => {
        calls++;
        return "traffic";
      });
    for (const { kind, sample } of PING_SHAPES) {
      assert.notEqual(await handler(sample, structuredCloneContext()), "traffic", kind);
    }
    assert.equal(calls, 0);
    assert.equal(await handler({ warmer: "yes" }, structuredCloneContext()), "traffic");
  });

  it("hands a model that cannot load to onError, under its code", async () => {
    const load = (): Promise<string> => Promise.reject(new Error("disk"));
    const handler = middy()
      .use(tricast(definePredictor({ name: "broken", load, predict: () => 1 })))
      .onError((request) => {
        request.response = (request.error as { code?: string } | null)?.code;
      })
      .handler(async () => "unreached");
    assert.equal(await handler({}, structuredCloneContext()), "model-load-failed");
  });
});

/** A context of its own for each invocation, as Lambda makes them. */
function structuredCloneContext(): Context & { tricast: never } {
  return { ...context } as Context & { tricast: never };
}
