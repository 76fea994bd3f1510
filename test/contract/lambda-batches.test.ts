import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { InvocationFailure, lambda } from "@tricast/aws-lambda";
import { definePredictor, TricastError } from "@tricast/core";
import { setTracer } from "@tricast/core/adapter";
import fc from "fast-check";
import { RecordingTracer } from "../../packages/core/src/testing/recording-tracer.ts";
import {
  buildDynamoDbEvent,
  buildKinesisEvent,
  buildSnsEnvelope,
  buildSnsEvent,
  buildSqsEvent,
} from "../events/aws/triggers.ts";
import { lambdaContext } from "./hosts/aws.ts";
import { logged } from "./support/quiet.ts";
import { anyText, SEED } from "./support/random.ts";

interface Reply {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

type Handler = ReturnType<typeof lambda>;
interface BatchEvent {
  readonly Records: readonly Record<string, unknown>[];
}

/** Every call of `predictBatch`. */
const calls: (readonly unknown[])[] = [];
afterEach(() => calls.splice(0));

const refuse = (input: unknown): void => {
  if ((input as { fail?: boolean } | null)?.fail === true) throw new TricastError("invalid-input", "asked to fail");
};

const batch = lambda(
  definePredictor({
    name: "batch",
    predictBatch(inputs: readonly unknown[]) {
      calls.push(inputs);
      inputs.forEach(refuse);
      return inputs;
    },
  }),
);

const single = lambda(
  definePredictor({
    name: "single",
    predict(input: unknown) {
      calls.push([input]);
      refuse(input);
      return { input };
    },
  }),
);

const invoke = (handler: Handler, event: BatchEvent, remainingMs?: number): Promise<unknown> =>
  handler(JSON.parse(JSON.stringify(event)), lambdaContext(remainingMs));

async function failed(handler: Handler, event: BatchEvent): Promise<readonly string[]> {
  return ((await invoke(handler, event)) as Reply).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

async function failureOf(handler: Handler, event: BatchEvent, remainingMs?: number): Promise<InvocationFailure> {
  const failure = await invoke(handler, event, remainingMs).then(
    (reply) => assert.fail(`the invocation did not fail: ${JSON.stringify(reply)}`),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof InvocationFailure, String(failure));
  return failure;
}

const json = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("random inputs of this file", (t) => t.diagnostic(`fast-check seed ${SEED}; repeat with TRICAST_SEED=${SEED}`));

/** Builds an event of each service from texts; the names of its records in the reply. */
const SERVICES = {
  SQS: { build: (texts: readonly string[]) => buildSqsEvent(texts), id: (index: number) => `message-${index}` },
  Kinesis: { build: (texts: readonly string[]) => buildKinesisEvent(texts), id: (index: number) => `${1000 + index}` },
} as const;

for (const [service, { build, id }] of Object.entries(SERVICES)) {
  describe(`${service}, where a predictor takes many inputs`, () => {
    const inputs = Array.from({ length: 25 }, (_, n) => ({ n }));

    test("25 records are one call, in their order", async () => {
      assert.deepEqual(await failed(batch, build(json(inputs))), []);
      assert.deepEqual(calls, [inputs]);
    });

    test("25 records are one call of a model that serves itself", async () => {
      const model = {
        uri: "memory",
        load: () => "model",
        zeroCode: () => ({
          input: { "~standard": { version: 1 as const, vendor: "test", validate: (value: unknown) => ({ value }) } },
          inputJsonSchema: {},
          outputJsonSchema: {},
          exactIntegers: true,
          batchable: true,
          predict: async (input: unknown) => input,
          async predictBatch(many: readonly unknown[]) {
            calls.push(many);
            return many;
          },
          infer: async () => [],
          warmUp: async () => {},
        }),
      };
      const zero = lambda(definePredictor({ name: "zero", model }));
      await zero.ready;
      const exact = ['{"id":9007199254740993}', ...json(inputs)];
      assert.deepEqual(await failed(zero, build(exact)), []);
      assert.deepEqual(calls, [[{ id: 9_007_199_254_740_993n }, ...inputs]]);
    });

    test("a record that is not one JSON value cannot reach the inputs of others", async () => {
      for (const odd of [
        "1,2",
        "1],[2",
        '1],"parameters":{"a":1',
        "",
        " ",
        "[",
        "]",
        "}",
        '"',
        "1 2",
        "{}{}",
        "\\",
        "//",
      ]) {
        calls.length = 0;
        const texts = ["1", odd, "2"];
        assert.deepEqual(await failed(batch, build(texts)), [id(1)], odd);
        assert.deepEqual(calls, service === "SQS" ? [[1, 2]] : [[1]], odd);
      }
    });

    test("one bad record does not fail the others", async () => {
      const reply = await failed(batch, build(json([{ n: 0 }, { n: 1, fail: true }, { n: 2 }])));
      assert.deepEqual(reply, [id(1)]);
      const [joined, ...alone] = calls;
      assert.equal(joined?.length, 3);
      const served = [[{ n: 0 }], [{ n: 1, fail: true }], [{ n: 2 }]];
      assert.deepEqual(alone, service === "SQS" ? served : served.slice(0, 2));
    });

    test("a record that is a batch itself is a request of its own", async () => {
      assert.deepEqual(await failed(batch, build(json([1, 2, { instances: [3, 4] }]))), []);
      assert.deepEqual(calls, [
        [1, 2],
        [3, 4],
      ]);
      calls.length = 0;
      assert.deepEqual(await failed(batch, build(json([1, 2, { instances: [3], other: 4 }]))), []);
      assert.deepEqual(calls.flat(), [1, 2, { instances: [3], other: 4 }]);
    });

    test("a decoder of the predictor's own gets each record", async () => {
      for (const type of ["application/json", "application/*"]) {
        calls.length = 0;
        const decoders = { [type]: (body: Uint8Array) => ({ decoded: Buffer.from(body).toString("utf8") }) };
        const predictBatch = (many: readonly unknown[]) => {
          calls.push(many);
          return many;
        };
        assert.deepEqual(
          await failed(lambda(definePredictor({ name: "own", decoders, predictBatch })), build(["a", "b"])),
          [],
        );
        assert.deepEqual(calls, [[{ decoded: "a" }], [{ decoded: "b" }]]);
      }
    });

    test("results that would be too large together do not fail: nothing is sent back", async () => {
      const large = lambda(
        definePredictor({
          name: "large",
          predictBatch(many: readonly unknown[]) {
            calls.push(many);
            return many.map(() => "x".repeat(4_000_000));
          },
        }),
      );
      assert.deepEqual(await failed(large, build(["1", "2"])), []);
      assert.equal(calls.length, 1);
    });
  });

  describe(`${service}, as every other way in`, () => {
    test("each request that is made has a span and a line in the access log", async () => {
      const requestsOf = async (handlerOf: () => Handler, texts: readonly string[]) => {
        const tracer = new RecordingTracer();
        const before = logged.length;
        process.env.TRICAST_ACCESS_LOG = "1";
        setTracer(tracer);
        try {
          await invoke(handlerOf(), build(texts)).catch(() => undefined);
        } finally {
          setTracer(undefined);
          delete process.env.TRICAST_ACCESS_LOG;
        }
        const lines = logged.slice(before).map((line) => JSON.parse(line) as Record<string, unknown>);
        const requests = lines.filter(({ message }) => message === "request");
        for (const { ends } of tracer.requests) assert.equal(ends.length, 1);
        assert.equal(requests.length, tracer.requests.length);
        return requests.map(({ requestId, status }) => `${String(requestId).split("/")[1] ?? "all"} ${status}`).sort();
      };
      const predictBatch = (many: readonly unknown[]) => {
        many.forEach(refuse);
        return many;
      };
      const joining = () => lambda(definePredictor({ name: "a", predictBatch }));
      const one = () => lambda(definePredictor({ name: "a", predict: (input: unknown) => predictBatch([input])[0] }));
      assert.deepEqual(await requestsOf(joining, ["1", "2", "3"]), ["all 200"]);
      assert.deepEqual(await requestsOf(joining, ["1"]), [`${id(0)} 200`]);
      assert.deepEqual(await requestsOf(joining, ["1", "{"]), [`${id(0)} 200`, `${id(1)} 400`]);
      assert.deepEqual(
        await requestsOf(joining, ["1", '{"fail":true}']),
        [`${id(0)} 200`, `${id(1)} 422`, "all 422"].sort(),
      );
      assert.deepEqual(await requestsOf(one, ["1", "2"]), [`${id(0)} 200`, `${id(1)} 200`]);
    });

    test("each record that failed on its own has a line with the reason", async () => {
      const before = logged.length;
      await failed(single, build(["1", "{", "2"]));
      const lines = logged.slice(before).map((line) => JSON.parse(line) as Record<string, unknown>);
      const [line, ...more] = lines.filter(({ message }) => String(message).endsWith("reported as failed"));
      assert.deepEqual([line?.messageId, line?.code, more.length], [id(1), "invalid-json", 0]);
      assert.match(String(line?.requestId), new RegExp(`/${id(1)}$`));
    });

    test("a batch of which no record was served fails the invocation, with the number and the first reason", async () => {
      for (const handler of [single, batch]) {
        for (const texts of [["{"], ["{", "{", '{"fail":true}'], ['{"fail":true}', "{"]]) {
          const failure = await failureOf(handler, build(texts));
          assert.equal(failure.name, texts[0] === "{" ? "invalid-json" : "invalid-input");
          assert.match(failure.message, new RegExp(`^0 of ${texts.length} ${service} \\w+s .*${id(0)}, failed: .`));
        }
      }
    });

    test("the deadline ends a record that hangs, and its code says so", async () => {
      const hang = lambda(definePredictor({ name: "hang", predict: () => new Promise(() => {}) }));
      await hang.ready;
      assert.equal((await failureOf(hang, build(["1"]), 300)).name, "deadline-exceeded");
    });
  });
}

describe("SQS", () => {
  test("exactly the messages that are JSON reach predictBatch, in one call", async () => {
    const text = fc.oneof(anyText, fc.json(), fc.constantFrom("1,2", "1],[2", "{}", '{"instances":[1]}', "\ufeff1"));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 3, maxLength: 12 }), async (texts) => {
        calls.length = 0;
        const bodies = ["0", "1", ...texts];
        const isServed = (body: string) => isJson(body) || (body.startsWith("\ufeff") && isJson(body.slice(1)));
        const named = await failed(batch, buildSqsEvent(bodies));
        assert.deepEqual(
          named,
          bodies.flatMap((body, index) => (isServed(body) ? [] : [`message-${index}`])),
        );
        const joined = bodies.filter((body) => isJson(body) && !Array.isArray(JSON.parse(body)?.instances));
        assert.deepEqual(
          calls[0],
          joined.map((body) => JSON.parse(body) as unknown),
        );
      }),
    );
  });

  test("in a FIFO queue each group runs in order and stops at its first failure, joined or not", async () => {
    const kind = fc.constantFrom("ok", "ok", "ok", "fail", "malformed", "batch");
    const message = fc.record({ group: fc.constantFrom("a", "b", "c"), kind });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (messages) => {
        const served: number[] = [];
        const handler = lambda(
          definePredictor({
            name: "fifo",
            predictBatch(many: readonly { n: number; fail?: boolean }[]) {
              many.forEach(refuse);
              served.push(...many.map(({ n }) => n));
              return many;
            },
          }),
        );
        const bodies = messages.map(({ kind }, n) => {
          if (kind === "malformed") return "{";
          return JSON.stringify(kind === "batch" ? { instances: [{ n }] } : { n, fail: kind === "fail" });
        });
        const groups = messages.map(({ group }) => group);
        const stopped = new Set<string>();
        const unserved: string[] = [];
        for (const [n, { group, kind }] of messages.entries()) {
          if (kind === "fail" || kind === "malformed") stopped.add(group);
          if (stopped.has(group)) unserved.push(`message-${n}`);
        }
        const event = buildSqsEvent(bodies, { groups });
        if (unserved.length === messages.length) await failureOf(handler, event);
        else assert.deepEqual(await failed(handler, event), unserved);
        for (const group of ["a", "b", "c"]) {
          const expected = messages.flatMap((each, n) =>
            each.group === group && !unserved.includes(`message-${n}`) ? [n] : [],
          );
          assert.deepEqual(
            served.filter((n) => groups[n] === group),
            expected,
          );
        }
      }),
    );
  });

  test("the message of an SNS notification is the input, with every digit", async () => {
    const zero = '{"id":9007199254740993,"text":"\\u00e9"}';
    const seen: unknown[] = [];
    const decoders = { "application/json": (body: Uint8Array) => seen.push(Buffer.from(body).toString("utf8")) };
    const raw = lambda(definePredictor({ name: "raw", decoders, predict: () => 1 }));
    assert.deepEqual(await failed(raw, buildSqsEvent(json([buildSnsEnvelope(zero)]))), []);
    assert.deepEqual(seen, [zero]);
    assert.deepEqual(
      await failed(batch, buildSqsEvent(json([1, buildSnsEnvelope("2"), buildSnsEnvelope('{"n":3}')]))),
      [],
    );
    assert.deepEqual(calls, [[1, 2, { n: 3 }]]);
  });

  test("a notification whose message is not JSON fails alone", async () => {
    assert.deepEqual(await failed(batch, buildSqsEvent(json([1, buildSnsEnvelope("1,2"), 3]))), ["message-1"]);
    assert.deepEqual(calls, [[1, 3]]);
  });

  test("a message that lacks a mark of a notification is an input as it is", async () => {
    const envelope = buildSnsEnvelope("1");
    const twins: unknown[] = [
      { ...envelope, Type: "SubscriptionConfirmation" },
      { ...envelope, Message: { n: 1 } },
      { ...envelope, TopicArn: 7 },
      { TopicArn: "arn", Message: "1" },
      [envelope],
      { inner: envelope },
      '"TopicArn"',
      // An EventBridge rule can send the detail alone (InputPath), so its envelope is not opened.
      { "detail-type": "order", source: "shop", detail: { n: 1 }, TopicArn: "arn" },
    ];
    assert.deepEqual(await failed(single, buildSqsEvent(json(twins))), []);
    assert.deepEqual(calls.flat(), twins);
  });
});

describe("Kinesis", () => {
  test("records run one after the other, and the first failure ends the batch", async () => {
    const order: string[] = [];
    const slow = lambda(
      definePredictor({
        name: "slow",
        async predict(input: { n: number; fail?: boolean }) {
          order.push(`begin ${input.n}`);
          await new Promise((resolve) => setTimeout(resolve, 3 - input.n));
          refuse(input);
          order.push(`end ${input.n}`);
          return 1;
        },
      }),
    );
    const event = buildKinesisEvent(json([{ n: 0 }, { n: 1 }, { n: 2, fail: true }, { n: 3, fail: true }]));
    assert.deepEqual(await failed(slow, event), ["1002"]);
    assert.deepEqual(order, ["begin 0", "end 0", "begin 1", "end 1", "begin 2"]);
  });

  test("data that is not UTF-8 fails, and is not read as other text", async () => {
    const damaged = Uint8Array.from([0x22, 0xff, 0x22]);
    for (const handler of [single, batch]) {
      calls.length = 0;
      assert.deepEqual(await failed(handler, buildKinesisEvent(["1", damaged])), ["1001"]);
      assert.deepEqual(calls, [[1]]);
      assert.equal((await failureOf(handler, buildKinesisEvent([damaged]))).name, "invalid-body");
    }
  });

  test("any JSON is the input", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { minLength: 1 }), async (values) => {
        calls.length = 0;
        const inputs = values.map((value) => ({ value }));
        assert.deepEqual(await failed(batch, buildKinesisEvent(json(inputs))), []);
        assert.deepEqual(calls, [JSON.parse(JSON.stringify(inputs))]);
      }),
    );
  });
});

/** A JSON value as DynamoDB stores it. */
function marshal(value: unknown): Record<string, unknown> {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(marshal) };
  return { M: marshalItem(value as object) };
}

function marshalItem(item: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, marshal(value)]));
}

describe("DynamoDB streams", () => {
  test("the new image is the input, as plain JSON", async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (generated) => {
        calls.length = 0;
        // The member keeps an item from being a batch.
        const item = JSON.parse(JSON.stringify({ ...generated, id: 1 })) as object;
        assert.deepEqual(await failed(batch, buildDynamoDbEvent([marshalItem(item), marshalItem(item)])), []);
        assert.deepEqual(calls, [[item, item]]);
      }),
    );
  });

  test("sets, binary values and every digit of a number are kept", async () => {
    const image = {
      ss: { SS: ["a", "b"] },
      ns: { NS: ["1", "2.5"] },
      b: { B: "AAEqQQ==" },
      bs: { BS: ["AAEqQQ==", "QSoBAA=="] },
      long: { N: "12345678901234567890123456789012345678" },
      __proto__: { S: "own" },
      "-": { N: "-1.5E-7" },
    };
    const seen: string[] = [];
    const decoders = { "application/json": (body: Uint8Array) => seen.push(Buffer.from(body).toString("utf8")) };
    const raw = lambda(definePredictor({ name: "raw", decoders, predict: () => 1 }));
    assert.deepEqual(await failed(raw, buildDynamoDbEvent([image])), []);
    assert.equal(
      seen[0],
      '{"ss":["a","b"],"ns":[1,2.5],"b":"AAEqQQ==","bs":["AAEqQQ==","QSoBAA=="],' +
        '"long":12345678901234567890123456789012345678,"-":-1.5E-7}',
    );
  });

  test("removals are skipped, and the first failure is named", async () => {
    const image = (n: number) => marshalItem({ n });
    assert.deepEqual(await failed(single, buildDynamoDbEvent([null, null])), []);
    assert.deepEqual(calls, []);
    const event = buildDynamoDbEvent([image(0), null, marshalItem({ n: 2, fail: true }), image(3)]);
    assert.deepEqual(await failed(single, event), ["1002"]);
    assert.deepEqual(calls, [[{ n: 0 }], [{ n: 2, fail: true }]]);
  });

  test("a stream without new images fails with the fix", async () => {
    const event = buildDynamoDbEvent([{}, {}]);
    for (const image of [undefined, null]) {
      const Records = event.Records.map((record) => ({
        ...record,
        dynamodb: { ...(record.dynamodb as object), NewImage: image },
      }));
      const failure = await failureOf(batch, { Records });
      assert.equal(failure.name, "unsupported-event");
      assert.match(failure.message, /^0 of 2 DynamoDB records .* 1000, failed: .*NEW_AND_OLD_IMAGES$/);
    }
    assert.deepEqual(calls, []);
  });
});

describe("SNS", () => {
  test("several records run in turn and are answered with a list, and a failure throws", async () => {
    assert.deepEqual(await invoke(single, buildSnsEvent(["1", "2"])), [{ input: 1 }, { input: 2 }]);
    const failure = await failureOf(single, buildSnsEvent(["1", "{", "3"]));
    assert.equal(failure.name, "invalid-json");
    assert.deepEqual(calls, [[1], [2], [1]]);
  });

  test("a message that looks like a ping, and one that is an event of a service, are inputs", async () => {
    const s3 = { Records: [{ eventSource: "aws:s3", s3: {} }] };
    for (const input of [{ warmer: true }, { source: "serverless-plugin-warmup" }, s3])
      assert.deepEqual(await invoke(single, buildSnsEvent(json([input]))), { input });
  });
});
