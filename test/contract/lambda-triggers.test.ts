import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InvocationFailure, lambda } from "@tricast/aws-lambda";
import { definePredictor, type ErrorCode, TricastError } from "@tricast/core";
import { ERRORS } from "@tricast/core/adapter";
import fc from "fast-check";
import { buildEventBridgeEvent, buildSnsEvent, buildSqsEvent, buildWebSocketEvent } from "../events/aws/triggers.ts";
import { lambdaContext } from "./hosts/aws.ts";
import { SEED } from "./support/random.ts";
import "./support/quiet.ts";

const SECRET = "the password is hunter2";

interface Order {
  readonly n: number;
  readonly fail?: ErrorCode | "throw";
  readonly bytes?: readonly number[];
}

const served: number[] = [];
const handler = lambda(
  definePredictor({
    name: "orders",
    load: () => ({}),
    async predict({ n, fail, bytes }: Order) {
      await new Promise((resolve) => setTimeout(resolve, n % 3));
      if (fail === "throw") throw new Error(SECRET);
      if (fail !== undefined) throw new TricastError(fail, SECRET);
      served.push(n);
      return bytes === undefined ? { n } : Uint8Array.from(bytes);
    },
  }),
);

const invoke = async (event: unknown): Promise<unknown> => {
  const result = await handler(JSON.parse(JSON.stringify(event)), lambdaContext());
  // What the runtime client writes must be JSON.
  return JSON.parse(JSON.stringify(result));
};

async function failureOf(event: unknown): Promise<InvocationFailure> {
  const failure = await invoke(event).then(
    () => assert.fail("the invocation did not fail"),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof InvocationFailure, String(failure));
  return failure;
}

/** The messages that SQS sends again, sorted: those named in the reply, or all if the invocation fails. */
async function handedBack(event: { Records: Record<string, unknown>[] }): Promise<unknown[]> {
  const all = event.Records.map(({ messageId }) => messageId).sort();
  try {
    const { batchItemFailures } = (await invoke(event)) as { batchItemFailures: { itemIdentifier: string }[] };
    assert.ok(batchItemFailures.length < all.length, "a batch that failed as a whole did not fail the invocation");
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort();
  } catch (failure) {
    assert.ok(failure instanceof InvocationFailure, String(failure));
    assert.match(
      failure.message,
      new RegExp(`^0 of ${all.length} SQS messages were predicted; .*message-0.* failed: .`),
    );
    return all;
  }
}

test("random inputs of this file", (t) => t.diagnostic(`fast-check seed ${SEED}; repeat with TRICAST_SEED=${SEED}`));

const WAYS: Readonly<Record<string, (input: unknown) => unknown>> = {
  "direct invocation": (input) => input,
  EventBridge: (input) => buildEventBridgeEvent(input),
  SNS: (input) => buildSnsEvent([JSON.stringify(input)]),
};

for (const [way, wrap] of Object.entries(WAYS)) {
  describe(way, () => {
    test("the answer is the prediction itself, of one input or of many", async () => {
      assert.deepEqual(await invoke(wrap({ n: 1 })), { n: 1 });
      assert.deepEqual(await invoke(wrap({ instances: [{ n: 1 }, { n: 2 }] })), { predictions: [{ n: 1 }, { n: 2 }] });
    });

    test("bytes are base64 with their type", async () => {
      const bytes = Array.from({ length: 256 }, (_, value) => value);
      const reply = (await invoke(wrap({ n: 1, bytes }))) as Record<string, unknown>;
      assert.deepEqual([...Buffer.from(String(reply.body), "base64")], bytes);
      assert.deepEqual([reply.contentType, reply.isBase64Encoded], ["application/octet-stream", true]);
    });

    test("every code fails the invocation under its name, hidden messages hidden, and the next one is served", async () => {
      for (const code of Object.keys(ERRORS) as ErrorCode[]) {
        const failure = await failureOf(wrap({ n: 1, fail: code }));
        assert.deepEqual([failure.name, failure.status], [code, ERRORS[code].status]);
        assert.equal(failure.message, ERRORS[code].expose ? SECRET : ERRORS[code].title);
        assert.doesNotMatch(String(failure.stack), /\n/);
        assert.deepEqual(await invoke(wrap({ n: 5 })), { n: 5 });
      }
    });

    test("a thrown error leaks nothing to the caller", async () => {
      const failure = await failureOf(wrap({ n: 1, fail: "throw" }));
      assert.equal(failure.name, "predict-failed");
      assert.ok(!`${failure.message}${failure.stack}${JSON.stringify(failure)}`.includes("hunter2"));
    });
  });
}

test("any input that is not an event of a service is predicted unchanged", async () => {
  const echo = lambda(definePredictor({ name: "echo", load: () => ({}), predict: (input: unknown) => ({ input }) }));
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 2 }), async (value) => {
      // Thundra's pings are text, and an input may be too.
      fc.pre(typeof value !== "string" || !value.startsWith("#warmup"));
      const event = { features: value };
      const result = await echo(JSON.parse(JSON.stringify(event)), lambdaContext());
      assert.equal(JSON.stringify(result), JSON.stringify({ input: event }));
    }),
  );
});

describe("SQS", () => {
  test("exactly the messages that failed are named, in any batch", async () => {
    const kind = fc.constantFrom("ok", "malformed", "throw", "invalid");
    await fc.assert(
      fc.asyncProperty(fc.array(kind, { minLength: 1, maxLength: 25 }), async (kinds) => {
        served.length = 0;
        const bodies = kinds.map((each, n) => {
          if (each === "malformed") return '{"n":';
          return JSON.stringify({
            n,
            ...(each === "ok" ? {} : { fail: each === "throw" ? "throw" : "invalid-input" }),
          });
        });
        const named = await handedBack(buildSqsEvent(bodies));
        const failed = kinds.flatMap((each, n) => (each === "ok" ? [] : [`message-${n}`])).sort();
        assert.deepEqual(named, failed);
        const ok = kinds.flatMap((each, n) => (each === "ok" ? [n] : []));
        assert.deepEqual(
          [...served].sort((a, b) => a - b),
          ok,
        );
      }),
    );
  });

  test("in a FIFO queue each group runs in order, and stops at its first failure", async () => {
    const message = fc.record({ group: fc.constantFrom("a", "b", "c"), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (messages) => {
        served.length = 0;
        const bodies = messages.map(({ fails }, n) =>
          JSON.stringify({ n, ...(fails ? { fail: "invalid-input" } : {}) }),
        );
        const groups = messages.map(({ group }) => group);
        const named = await handedBack(buildSqsEvent(bodies, { groups }));
        const stopped = new Set<string>();
        const unserved: string[] = [];
        const inOrder = new Map<string, number[]>();
        for (const [n, { group, fails }] of messages.entries()) {
          if (fails) stopped.add(group);
          if (stopped.has(group)) unserved.push(`message-${n}`);
          else inOrder.set(group, [...(inOrder.get(group) ?? []), n]);
        }
        assert.deepEqual(named, unserved.sort());
        for (const [group, order] of inOrder) {
          assert.deepEqual(
            served.filter((n) => groups[n] === group),
            order,
          );
        }
      }),
    );
  });

  test("a message that looks like a ping is traffic", async () => {
    let seen = 0;
    const count = lambda(definePredictor({ name: "count", load: () => ({}), predict: () => ({ seen: ++seen }) }));
    await count(buildSqsEvent(['{"warmer":true}', '{"source":"serverless-plugin-warmup"}']), lambdaContext());
    assert.equal(seen, 2);
  });
});

test("EventBridge: a detail that looks like a ping is traffic", async () => {
  let seen = 0;
  const count = lambda(definePredictor({ name: "count", load: () => ({}), predict: () => ({ seen: ++seen }) }));
  await count(buildEventBridgeEvent({ warmer: true }), lambdaContext());
  await count(buildEventBridgeEvent({ source: "serverless-plugin-warmup" }), lambdaContext());
  assert.equal(seen, 2);
});

test("a WebSocket message is refused with a reply", async () => {
  const reply = (await invoke(buildWebSocketEvent("{}"))) as { statusCode: number; body: string };
  assert.deepEqual([reply.statusCode, JSON.parse(reply.body).code], [400, "unsupported-event"]);
});
