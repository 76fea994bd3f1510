import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor, TricastError } from "@tricast/core";
import {
  type Adapter,
  answerPing,
  bind,
  createService,
  type InferenceResponse,
  LOCAL,
  recognisePing,
} from "@tricast/core/adapter";
import { invocation, JSON_HEADERS, jsonOf } from "./support/calls.ts";

interface Event {
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly fail?: unknown;
  readonly refuse?: boolean;
}

/** The smallest platform there is: its reply is the response itself. */
const adapter: Adapter<Event, { readonly id: string }, InferenceResponse | unknown> = {
  platform: LOCAL,
  toPing: (event) => recognisePing(event),
  toInvocation: (_event, { id }) => invocation({ id }),
  toRequest: ({ body, headers = JSON_HEADERS, fail }) => {
    if (fail !== undefined) throw fail;
    return { method: "POST", path: "/predict", query: "", headers, body };
  },
  toResult: (response, { refuse }) => {
    if (refuse && response.status === 200) throw new TricastError("response-too-large", "5 MB is over the limit");
    return response;
  },
  toPong: (report, ping) => answerPing(ping, report),
};

let predictions = 0;
const service = createService(
  definePredictor({
    name: "bound",
    cors: { origins: ["https://a.example"] },
    predict: (input: unknown) => {
      predictions++;
      return input;
    },
  }),
);
const handler = bind(service, adapter);
const call = (event: Event) => handler(event, { id: "abc" }) as Promise<InferenceResponse>;

test("the handler has the two parameters that every runtime takes for an asynchronous one", () => {
  assert.equal(handler.length, 2);
});

test("traffic goes through the service, under the platform's request id", async () => {
  const response = await call({ body: "[1]" });
  assert.equal(response.body, "[1]");
  assert.equal(response.headers["x-request-id"], "abc");
});

test("a ping is answered as its pinger expects, and predicts nothing", async () => {
  const before = predictions;
  assert.deepEqual(await handler({ warmer: true } as Event, { id: "abc" }), ["Lambda is warm"]);
  assert.equal(predictions, before);
});

test("an event that cannot be translated is the problem it says, readable by the caller's browser", async () => {
  const response = await call({ fail: new TricastError("unsupported-event", "keys seen: a, b") });
  assert.deepEqual([response.status, jsonOf(response).code], [400, "unsupported-event"]);
  assert.equal(jsonOf(response).detail, "keys seen: a, b");
  assert.equal(response.headers["x-request-id"], "abc");
});

test("an adapter that breaks is internal, and the next event is served", async () => {
  for (const fail of [new Error("secret"), "secret", null, Object.create(null)]) {
    const response = await call({ fail });
    assert.deepEqual([response.status, jsonOf(response).code], [500, "internal"]);
    assert.ok(!(response.body as string).includes("secret"));
  }
  assert.equal((await call({ body: "1" })).status, 200);
});

test("a reply the platform cannot carry becomes the problem that says so", async () => {
  const response = await call({ body: "1", refuse: true, headers: { origin: "https://a.example" } });
  assert.deepEqual([response.status, jsonOf(response).code], [500, "response-too-large"]);
  assert.equal(response.headers["access-control-allow-origin"], "https://a.example");
});

test("an adapter may translate asynchronously", async () => {
  const slow = bind(service, {
    ...adapter,
    toRequest: async (event, context) => adapter.toRequest(event, context),
    toResult: async (response, event, context) => adapter.toResult(response, event, context),
  });
  assert.equal(((await slow({ body: "2" }, { id: "1" })) as InferenceResponse).body, "2");
  const failed = (await slow(
    { fail: new TricastError("invalid-body", "not base64") },
    { id: "1" },
  )) as InferenceResponse;
  assert.equal(jsonOf(failed).code, "invalid-body");
  assert.equal(
    jsonOf((await slow({ body: "1", refuse: true }, { id: "1" })) as InferenceResponse).code,
    "response-too-large",
  );
});

for (const thrown of [undefined, null, "text", 0]) {
  test(`an adapter that throws ${String(thrown)} gets a problem, before the request and in place of the response`, async () => {
    const fail = () => {
      throw thrown;
    };
    const early = bind(service, { ...adapter, toRequest: fail });
    const late = bind(service, {
      ...adapter,
      toResult: (response) => (response.status === 200 ? fail() : response),
    });
    for (const one of [early, late]) {
      const response = (await one({ body: "[1]" }, { id: "abc" })) as InferenceResponse;
      assert.deepEqual([response.status, jsonOf(response).code], [500, "internal"]);
    }
  });
}
