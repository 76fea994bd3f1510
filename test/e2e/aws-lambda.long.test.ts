import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { PING_SHAPES } from "@tricast/core/adapter";
import { UNSUPPORTED_EVENTS } from "../events/aws/refused.ts";
import { AWS_EVENT_SOURCES } from "../events/aws/sources.ts";
import {
  buildDynamoDbEvent,
  buildEventBridgeEvent,
  buildKinesisEvent,
  buildSnsEvent,
  buildSqsEvent,
} from "../events/aws/triggers.ts";
import type { WireRequest } from "../events/event-source.ts";
import { LambdaFunction } from "./support/lambda-function.ts";
import { type TemporaryApp, temporaryApp } from "./support/temporary-app.ts";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

const PREDICTOR = `
import { definePredictor } from "@tricast/core";

export const predictor = definePredictor({
  name: "probe",
  load: async () => ({ factor: 2 }),
  examples: [{ value: 1 }],
  warmup: { holdMs: 1 },
  predict({ value, mode }, { model, invocation }) {
    if (mode === "throw") throw new Error("hunter2");
    if (mode === "bytes") return new Uint8Array([0, 255, 1, 254]);
    if (mode === "long") return "x".repeat(7_000_000);
    if (mode === "exact") return { id: 9007199254740993n };
    if (mode === "hang") return new Promise(() => {});
    return { answer: value * model.factor, deadline: typeof invocation.deadline };
  },
});
`;

const HANDLER = `${PREDICTOR}
import { lambda } from "@tricast/aws-lambda";
export const handler = lambda(predictor);
`;

const ENTRIES = {
  "named.ts": HANDLER,
  "wrapped.ts": `${PREDICTOR}
import middy from "@middy/core";
import { tricast } from "@tricast/aws-lambda/middy";
export const handler = middy().use(tricast(predictor)).handler(async (event, { tricast }) => event.value * tricast.model.factor);
`,
  "broken.ts": `${HANDLER}\nthrow new RangeError("module failed on purpose");`,
  "mistaken.ts": `import { lambda } from "@tricast/aws-lambda";\nexport const handler = lambda({ name: "not made by definePredictor" });`,
  "callback.ts": "export const handler = (event, context, callback) => callback(null, 1);",
};

let app: TemporaryApp;

before(async () => {
  app = await temporaryApp(ENTRIES, { external: [], manifest: {} });
});

after(() => app.remove());

function json(body: unknown, part: Partial<WireRequest> = {}): WireRequest {
  const headers: [string, string][] = [["Content-Type", "application/json"]];
  return { method: "POST", target: "/predict", headers, body: Buffer.from(JSON.stringify(body)), ...part };
}

describe("a CommonJS bundle in AWS's runtime client", () => {
  let fn: LambdaFunction;

  before(async () => {
    fn = await LambdaFunction.start({ taskRoot: app.root, handler: "dist/named.handler" });
  });

  after(() => fn.stop());

  for (const source of AWS_EVENT_SOURCES) {
    it(`answers predictions and every kind of error behind ${source.name}`, async () => {
      const send = async (wire: WireRequest) => {
        const event = source.build(wire);
        const { status, body } = source.read(await fn.call(event), event);
        return { status, body: Buffer.from(body) };
      };
      const codeOf = async (wire: WireRequest) => {
        const { status, body } = await send(wire);
        return `${status} ${JSON.parse(body.toString("utf8")).code}`;
      };
      const predicted = await send(json({ value: 21 }));
      assert.deepEqual(JSON.parse(predicted.body.toString("utf8")), { answer: 42, deadline: "number" });
      assert.deepEqual([...(await send(json({ mode: "bytes" }))).body], [0, 255, 1, 254]);
      assert.equal(await codeOf(json({}, { body: Buffer.from('{"value":') })), "400 invalid-json");
      assert.equal(await codeOf(json({}, { target: "/nowhere" })), "404 not-found");
      assert.equal(await codeOf(json({}, { method: "PUT" })), "405 method-not-allowed");
      assert.equal(await codeOf(json({ mode: "throw" })), "500 predict-failed");
      assert.equal(await codeOf(json({ mode: "long" })), "500 response-too-large");
      assert.equal((await send(json({ value: 1 }))).status, 200);
    });
  }

  it("answers a direct invocation with the prediction, and keeps 64-bit integers exact on the wire", async () => {
    assert.deepEqual(await fn.call({ value: 4 }), { answer: 8, deadline: "number" });
    const outcome = await fn.invoke({ mode: "exact" });
    assert.equal(outcome.kind === "response" && outcome.body.toString("utf8"), '{"id":9007199254740993}');
  });

  it("reports a failed direct invocation under its code, and nothing of the user's error", async () => {
    const outcome = await fn.invoke({ mode: "throw" });
    assert.equal(outcome.kind, "error");
    assert.equal(outcome.kind === "error" && outcome.error.errorType, "predict-failed");
    assert.doesNotMatch(JSON.stringify(outcome), /hunter2|node_modules|\.js:/);
  });

  it("gives up before the invocation's deadline", async () => {
    const outcome = await fn.invoke({ mode: "hang" }, { timeoutMs: 700 });
    assert.equal(outcome.kind === "error" && outcome.error.errorType, "deadline-exceeded");
  });

  it("reports an oversized direct reply and a useless event under their codes", async () => {
    const codeOf = async (event: unknown) => {
      const outcome = await fn.invoke(event);
      return outcome.kind === "error" ? outcome.error.errorType : "answered";
    };
    assert.equal(await codeOf({ mode: "long" }), "response-too-large");
    for (const event of Object.values(UNSUPPORTED_EVENTS)) assert.equal(await codeOf(event), "unsupported-event");
  });

  it("hands back the SQS messages that failed", async () => {
    assert.deepEqual(await fn.call(buildSqsEvent(['{"value":1}', "{", '{"value":3}'])), {
      batchItemFailures: [{ itemIdentifier: "message-1" }],
    });
  });

  it("fails the invocation for an SQS batch that failed as a whole", async () => {
    const outcome = await fn.invoke(buildSqsEvent(["{", '{"mode":"throw"}']));
    assert.equal(outcome.kind === "error" && outcome.error.errorType, "invalid-json");
    assert.match(outcome.kind === "error" ? outcome.error.errorMessage : "", /^0 of 2 SQS messages .* message-0/);
  });

  it("names the first record of a stream that failed", async () => {
    const kinesis = buildKinesisEvent(['{"value":1}', "{", '{"value":3}']);
    assert.deepEqual(await fn.call(kinesis), { batchItemFailures: [{ itemIdentifier: "1001" }] });
    const dynamoDb = buildDynamoDbEvent([{ value: { N: "1" } }, null, { mode: { S: "throw" } }]);
    assert.deepEqual(await fn.call(dynamoDb), { batchItemFailures: [{ itemIdentifier: "1002" }] });
  });

  it("predicts the message of an SNS event", async () => {
    assert.deepEqual(await fn.call(buildSnsEvent(['{"value":3}'])), { answer: 6, deadline: "number" });
  });

  it("predicts the detail of an EventBridge event", async () => {
    assert.deepEqual(await fn.call(buildEventBridgeEvent({ value: 3 })), { answer: 6, deadline: "number" });
  });

  it("answers every ping", async () => {
    for (const { kind, sample } of PING_SHAPES) assert.ok(await fn.call(sample), kind);
  });

  it("writes one JSON line for each failure, with the request's id", async () => {
    await fn.invoke({ mode: "throw" }, { requestId: "11111111-2222-3333-4444-555555555555" });
    // Its output comes by a pipe and the answer by a socket: the line may be the later of the two.
    const line = await eventually(() =>
      fn.log.split("\n").find((text) => text.startsWith("{") && text.endsWith("}") && text.includes("11111111-2222")),
    );
    const { level, code, requestId } = JSON.parse(line ?? "{}");
    assert.deepEqual(
      { level, code, requestId },
      {
        level: "ERROR",
        code: "predict-failed",
        requestId: "11111111-2222-3333-4444-555555555555",
      },
    );
  });
});

async function eventually<T>(look: () => T | undefined): Promise<T | undefined> {
  const giveUp = Date.now() + 5_000;
  while (look() === undefined && Date.now() < giveUp) await new Promise((resolve) => setTimeout(resolve, 10));
  return look();
}

async function callOnce(
  taskRoot: string,
  handler: string,
  event: unknown,
  nodeOptions: string[] = [],
): Promise<unknown> {
  const fn = await LambdaFunction.start({ taskRoot, handler, nodeOptions });
  try {
    return await fn.call(event);
  } finally {
    await fn.stop();
  }
}

describe("a middy handler with tricast() in AWS's runtime client", () => {
  it("gets the model, and never sees a ping", async () => {
    assert.equal(await callOnce(app.root, "dist/wrapped.handler", { value: 5 }), 10);
    assert.deepEqual(await callOnce(app.root, "dist/wrapped.handler", { warmer: true }), ["Lambda is warm"]);
  });
});

// A CommonJS file's default export reaches the runtime client one level too deep; a named one reaches it from either.
describe("an ES module in AWS's runtime client", () => {
  let root: string;

  before(() => {
    // Below the repository's node_modules, so that its imports find the workspace.
    const cache = path.join(REPOSITORY, "node_modules/.cache");
    mkdirSync(cache, { recursive: true });
    root = mkdtempSync(path.join(cache, "tricast-esm-"));
    writeFileSync(path.join(root, "index.mjs"), `${HANDLER}\nawait handler.ready;\nexport default handler;`);
    writeFileSync(path.join(root, "nested.mjs"), 'import { handler } from "./index.mjs";\nexport default { handler };');
  });

  after(() => rmSync(root, { recursive: true, force: true }));

  for (const handler of ["index.handler", "index.default", "nested.handler"]) {
    it(`waits for its model at the top level and runs as ${handler}`, async () => {
      const answer = await callOnce(root, handler, { value: 6 }, ["--conditions=@tricast/source"]);
      assert.deepEqual(answer, { answer: 12, deadline: "number" });
    });
  }
});

describe("a function that cannot start", () => {
  const cases: readonly (readonly [handler: string, errorType: string, message: RegExp])[] = [
    ["dist/broken.handler", "RangeError", /module failed on purpose/],
    ["dist/mistaken.handler", "TricastError", /definePredictor/],
    ["dist/absent.handler", "Runtime.ImportModuleError", /absent/],
    ["dist/named.absent", "Runtime.HandlerNotFound", /absent/],
    // What our handlers must never be: the runtime client of Node 24 refuses three declared parameters.
    ["dist/callback.handler", "Runtime.CallbackHandlerDeprecated", /callback/],
  ];
  for (const [handler, errorType, message] of cases) {
    it(`reports ${errorType} of ${handler}`, async () => {
      const fn = await LambdaFunction.start({ taskRoot: app.root, handler });
      try {
        const error = await fn.initError();
        assert.equal(error.errorType, errorType);
        assert.match(error.errorMessage, message);
      } finally {
        await fn.stop();
      }
    });
  }
});

interface Golden {
  readonly rows: readonly { readonly input: unknown; readonly label: string; readonly probabilities: number[] }[];
}

describe("the iris handler", () => {
  it("predicts every held-out row as scikit-learn does", async () => {
    const source = `export { handler } from "${path.join(REPOSITORY, "handlers/iris/aws-lambda.ts")}";`;
    const iris = await temporaryApp({ "iris.ts": source }, { external: ["onnxruntime-node"], manifest: {} });
    copyFileSync(path.join(REPOSITORY, "handlers/iris/iris.onnx"), path.join(iris.root, "dist/iris.onnx"));
    const fn = await LambdaFunction.start({
      taskRoot: iris.root,
      handler: "dist/iris.handler",
      // Where a layer's packages are found: `require` follows NODE_PATH.
      environment: { NODE_PATH: path.join(REPOSITORY, "node_modules") },
    });
    try {
      const { rows } = JSON.parse(readFileSync(path.join(REPOSITORY, "test/golden/iris.json"), "utf8")) as Golden;
      assert.ok(rows.length > 0);
      for (const source of AWS_EVENT_SOURCES) {
        const event = source.build(json({ instances: rows.map(({ input }) => input) }));
        const wire = source.read(await fn.call(event, { timeoutMs: 15_000 }), event);
        const { predictions } = JSON.parse(Buffer.from(wire.body).toString("utf8")) as { predictions: Prediction[] };
        assert.equal(predictions.length, rows.length);
        for (const [index, row] of rows.entries()) assertSame(predictions[index] as Prediction, row);
      }
      for (const row of rows) assertSame((await fn.call(row.input)) as Prediction, row);
    } finally {
      await fn.stop();
      iris.remove();
    }
  });
});

interface Prediction {
  readonly label: string;
  readonly probabilities: Readonly<Record<string, number>>;
}

function assertSame(prediction: Prediction, row: Golden["rows"][number]): void {
  assert.equal(prediction.label, row.label);
  for (const [index, probability] of Object.values(prediction.probabilities).entries()) {
    assert.ok(Math.abs(probability - (row.probabilities[index] as number)) <= 1e-5);
  }
}
