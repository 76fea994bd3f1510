import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InvocationFailure, lambda } from "@tricast/aws-lambda";
import { definePredictor } from "@tricast/core";
import { functionUrl } from "../events/aws/function-url.ts";
import { UNSUPPORTED_EVENTS } from "../events/aws/refused.ts";
import { restApi } from "../events/aws/rest-api.ts";
import { buildDynamoDbEvent, buildKinesisEvent } from "../events/aws/triggers.ts";
import { lambdaContext } from "./hosts/aws.ts";
import "./support/quiet.ts";

/** Takes any input, as a predictor without a schema does. */
const handler = lambda(definePredictor({ name: "echo", predict: (input: unknown) => ({ input }) }));

const invoke = (event: unknown): Promise<unknown> => handler(JSON.parse(JSON.stringify(event)), lambdaContext());

async function refusalOf(event: unknown): Promise<string> {
  const failure = await invoke(event).then(
    (answer) => assert.fail(`the predictor ran: ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof InvocationFailure, String(failure));
  assert.equal(failure.name, "unsupported-event");
  return failure.message;
}

type Json = Readonly<Record<string, unknown>>;

/** The event with one member left out, and with one of another type, for each member at any depth. */
function* twinsOf(value: unknown, path = ""): Generator<readonly [path: string, twin: unknown]> {
  if (typeof value !== "object" || value === null) return;
  for (const key of Object.keys(value)) {
    const place = `${path}/${key}`;
    const member = (value as Json)[key];
    const replaced = (other: unknown): unknown =>
      Array.isArray(value)
        ? value.map((each, index) => (String(index) === key ? other : each))
        : { ...value, [key]: other };
    if (!Array.isArray(value)) {
      const { [key]: _left, ...rest } = value as Json;
      yield [`without ${place}`, rest];
    }
    yield [`with another ${place}`, replaced(typeof member === "string" ? 7 : "text")];
    if (typeof member === "object") yield [`with null for ${place}`, replaced(null)];
    for (const [inner, twin] of twinsOf(member, place)) yield [inner, replaced(twin)];
  }
}

describe("events of services that are not served", () => {
  for (const [label, event] of Object.entries(UNSUPPORTED_EVENTS)) {
    // "Apache Kafka (self-managed)" is a second event of Apache Kafka.
    const name = label.replace(/ \((3|request|payload 2\.0|self-managed|RabbitMQ)\)$/, "");

    test(`${label} is refused by name, with the keys seen and the ways in`, async () => {
      for (const sent of [event, { ...event, other: { member: [1] } }]) {
        const message = await refusalOf(sent);
        assert.ok(message.startsWith(`an event of ${name} `), message);
        for (const key of Object.keys(sent)) assert.ok(message.includes(key), key);
        assert.match(message, /SQS, SNS, Kinesis, DynamoDB, EventBridge or a direct invocation$/);
      }
    });

    test(`${label}: an event that lacks one of its marks is an input`, async () => {
      let twins = 0;
      for (const [path, twin] of twinsOf(event)) {
        // The payload of a destination may be any value.
        if (path.endsWith("/requestPayload") && !path.startsWith("without")) continue;
        assert.deepEqual(await invoke(twin), { input: twin }, path);
        twins++;
      }
      assert.ok(twins > 0);
    });
  }

  test("a list of such events is an input", async () => {
    for (const event of Object.values(UNSUPPORTED_EVENTS)) assert.deepEqual(await invoke([event]), { input: [event] });
  });

  test("an input that holds such an event as a member is an input", async () => {
    for (const event of Object.values(UNSUPPORTED_EVENTS))
      assert.deepEqual(await invoke({ features: event }), { input: { features: event } });
  });
});

describe("events that look like served ones", () => {
  const post = { method: "POST", target: "/predict", headers: [], body: Buffer.from("1") } as const;

  for (const source of [functionUrl, restApi]) {
    test(`an authorizer's event with the request's members is not a request (${source.name})`, async () => {
      const request = source.build(post) as Json;
      for (const arn of ["methodArn", "routeArn"])
        assert.match(await refusalOf({ ...request, type: "REQUEST", [arn]: "arn:a" }), /API Gateway authorizer/);
      for (const other of [{ type: "REQUEST" }, { methodArn: "arn:a" }, { type: "request", methodArn: "arn:a" }]) {
        const event = { ...request, ...other };
        assert.equal(source.read(await invoke(event), event).status, 200);
      }
    });
  }

  test("the records of a tumbling window are refused, because its reply needs a state", async () => {
    const window = { window: { start: "2026-03-10T05:16:00Z", end: "2026-03-10T05:18:00Z" }, state: {} };
    for (const event of [buildKinesisEvent(["{}"]), buildDynamoDbEvent([{}]), { Records: [] }])
      assert.match(await refusalOf({ ...event, ...window, isFinalInvokeForWindow: true }), /a tumbling window/);
  });

  test("records that are not an AWS service's are an input", async () => {
    for (const Records of [
      [],
      [1, 2],
      [null],
      [{ eventSource: "sensor-7", sensor: {} }],
      [{ eventSource: "aws:sqs" }],
      [{ eventSource: "aws:sqs", messageId: "1" }],
      [{ eventSource: "sqs", messageId: "1", body: "{}" }],
      [{ EventSource: "aws:sns" }],
      [{ EventSource: "aws:sns", Sns: { Message: {} } }],
      [{ eventSource: "aws:sns", Sns: { Message: "{}" } }],
      [{ eventSource: "aws:kinesis" }],
      [{ kinesis: { data: "e30=", sequenceNumber: "1" } }],
      [{ eventSource: "aws:dynamodb", dynamodb: "1" }],
    ]) {
      assert.deepEqual(await invoke({ Records }), { input: { Records } });
    }
  });
});
