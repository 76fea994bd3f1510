import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type LambdaContext, lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import { AWS_EVENT_SOURCES } from "../../../test/events/aws/sources.ts";
import type { EventSource } from "../../../test/events/event-source.ts";

/** Events as emulators, proxies and unit tests write them, where they differ from the platform's own. */

type Json = Record<string, unknown>;

const context = { awsRequestId: "id" } as LambdaContext;
const handler = lambda(
  definePredictor({ name: "seen", predict: (input: unknown, { request }) => ({ input, headers: request.headers }) }),
);

function post(source: EventSource, headers: readonly (readonly [string, string])[] = [], body = "1"): Json {
  const event = source.build({ method: "POST", target: "/predict", headers, body: Buffer.from(body) });
  return JSON.parse(JSON.stringify(event));
}

// biome-ignore lint/suspicious/noExplicitAny: a test asserts the shape of what it reads
async function answerTo(event: Json): Promise<{ status: number; body: any }> {
  const { statusCode, body } = (await handler(event, context)) as { statusCode: number; body: string };
  return { status: statusCode, body: JSON.parse(body) };
}

const sourceNamed = (name: string) => AWS_EVENT_SOURCES.find((source) => source.name === name) as EventSource;
const TEXT_SOURCES = AWS_EVENT_SOURCES.filter((source) => !source.name.startsWith("VPC Lattice V1"));
const functionUrl = sourceNamed("function URL");
const restApi = sourceNamed("REST API (payload 1.0)");
const alb = sourceNamed("ALB, multi-value headers");

describe("headers of payload 2.0", () => {
  it("are found whatever the case of their names, as sam local sends them", async () => {
    for (const names of [
      ["Content-Type", "X-API-Key"],
      ["content-type", "x-API-Key"],
      ["CONTENT-TYPE", "X-Api-Key"],
    ]) {
      const event = {
        ...post(functionUrl),
        headers: { host: "a", [names[0] as string]: "text/csv", [names[1] as string]: "k" },
      };
      const { status, body } = await answerTo({ ...event, body: "1,2\n", isBase64Encoded: false });
      assert.deepEqual(
        [status, body.predictions?.[0].input, body.predictions?.[0].headers["x-api-key"]],
        [200, [1, 2], "k"],
      );
    }
  });

  it("may be null, as cookies may", async () => {
    for (const change of [{ cookies: null }, { headers: null }, { cookies: null, headers: null }, { cookies: [] }]) {
      const { status, body } = await answerTo({ ...post(functionUrl), ...change });
      assert.deepEqual([status, body.headers?.cookie], [200, undefined], JSON.stringify(change));
    }
  });
});

describe("headers in two maps", () => {
  for (const source of [restApi, alb]) {
    it(`${source.name}: single values count beside lists that are empty, missing or null`, async () => {
      for (const multiValueHeaders of [{}, null, undefined, { "X-List": ["1", "2"] }]) {
        const headers = { "Content-Type": "application/json", "X-Own": "me", "x-list": "2" };
        const { status, body } = await answerTo({ ...post(source), headers, multiValueHeaders });
        assert.equal(status, 200);
        assert.equal(body.headers["x-own"], "me");
        assert.equal(body.headers["x-list"], multiValueHeaders?.["X-List"] === undefined ? "2" : "1, 2");
      }
    });

    it(`${source.name}: the query is read the same way`, async () => {
      const echo = lambda(definePredictor({ name: "query", predict: (_input, { request }) => request.query }));
      const maps = { queryStringParameters: { a: "1", b: "2" }, multiValueQueryStringParameters: { b: ["2", "3"] } };
      const { body } = (await echo({ ...post(source), ...maps }, context)) as { body: string };
      assert.equal(JSON.parse(body), "a=1&b=2&b=3");
    });
  }

  it("a list without values is a header that was not sent", async () => {
    const { status, body } = await answerTo({
      ...post(alb),
      multiValueHeaders: { "content-type": [], "x-own": [null] },
    });
    assert.deepEqual([status, Object.keys(body.headers)], [200, []]);
  });
});

describe("values that are not text", () => {
  for (const source of AWS_EVENT_SOURCES) {
    it(`${source.name}: numbers and booleans are read as text, anything else is dropped`, async () => {
      const odd = {
        "content-length": 1,
        "x-flag": true,
        "x-list": [1, "b", null],
        "x-null": null,
        "x-object": { a: 1 },
      };
      const event = post(source);
      const key = event.multiValueHeaders == null ? "headers" : "multiValueHeaders";
      const { status, body } = await answerTo({ ...event, [key]: odd });
      assert.equal(status, 200);
      const expected = { "content-length": "1", "x-flag": "true", "x-list": "1, b" };
      for (const [name, value] of Object.entries(expected)) assert.equal(body.headers[name], value, name);
      for (const name of ["x-null", "x-object"]) assert.equal(body.headers[name], undefined, name);
    });
  }
});

describe("a binary body that a gateway read as text", () => {
  const damaged = Buffer.from([0x01, 0xff, 0x80, 0x02]).toString("utf8");

  for (const source of TEXT_SOURCES) {
    it(`${source.name}: is refused with the fix`, async () => {
      for (const type of ["application/octet-stream", "image/png", "application/x-npy", "audio/wav", "IMAGE/JPEG"]) {
        const event = post(source, [["content-type", type]]);
        const { status, body } = await answerTo({ ...event, body: damaged, isBase64Encoded: false });
        assert.deepEqual([status, body.code], [400, "invalid-body"], type);
        assert.match(body.detail, /binaryMediaTypes/);
      }
    });

    it(`${source.name}: text keeps a U+FFFD that the client sent`, async () => {
      for (const type of ["application/json", "application/problem+json", ""]) {
        const event = post(source, type === "" ? [] : [["content-type", type]]);
        const { status, body } = await answerTo({ ...event, body: JSON.stringify(damaged), isBase64Encoded: false });
        assert.deepEqual([status, body.input], [200, damaged], type);
      }
    });
  }
});

describe("inputs that look like HTTP requests", () => {
  for (const input of [
    { httpMethod: "GET", path: "/products/42", status: 200 },
    { method: "GET", raw_path: "/products/42" },
    { requestContext: {}, httpMethod: 7, path: "/" },
    { version: "2.0", rawPath: "/a", headers: {} },
  ]) {
    it(`are inputs of a direct invocation: ${Object.keys(input).join(", ")}`, async () => {
      const { input: seen } = (await handler(input, context)) as { input: unknown };
      assert.deepEqual(seen, input);
    });
  }
});
