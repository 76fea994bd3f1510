import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { type GoogleProcess, googleApp, startFramework } from "./support/google-process.ts";
import { PROBE } from "./support/probe-source.ts";
import type { TemporaryApp } from "./support/temporary-app.ts";
import { until, untilPrinted } from "./support/until.ts";
import { header, headers, json, postJson, send } from "./support/wire-client.ts";

const HTTP = `${PROBE}
import { cloudFunctions } from "@tricast/cloud-functions";
import { http } from "@google-cloud/functions-framework";
import { writeResponse } from "../../packages/http/src/node/write-response.ts";
cloudFunctions(probe);
exports.alias = cloudFunctions(probe, { name: "probe-2" });
http("plain", (request, response) => response.json({ plain: request.body }));
http("cookies", (request, response) => writeResponse({ status: 200, body: "", headers: { "set-cookie": [
  "a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly", "b=raw=value; Partitioned",
] } }, response, { last: false, maxUnreadBytes: 0 }));
`;

const EVENTS = `${PROBE}
import { cloudFunctionsEvent } from "@tricast/cloud-functions";
const seen = definePredictor({
  name: "seen",
  load: () => { console.log("model loaded"); return {}; },
  predict: (input, { request, invocation }) => {
    if (input.fail) throw new Error("secret: in the event");
    console.log("SEEN " + JSON.stringify({ input: input instanceof Uint8Array ? [...input] : input, type: request.headers["content-type"], id: invocation.id, source: invocation.native.source }));
    return { ok: true };
  },
});
cloudFunctionsEvent(seen);
`;

/** Whole lines only: the last may still be on its way. */
const linesOf = (framework: GoogleProcess) => framework.output().split("\n").slice(0, -1);

let app: TemporaryApp;

before(async () => {
  app = await googleApp(HTTP);
});

after(() => app.remove());

describe("cloud functions, the framework's own program, http", () => {
  let framework: GoogleProcess;

  before(async () => {
    framework = await startFramework(app.root, "probe", {
      env: { TRICAST_WARMUP_SECRET: "s3cret", CLOUD_RUN_TIMEOUT_SECONDS: "60" },
    });
  });

  after(async () => {
    assert.equal(await framework.stop(), 0);
  });

  test("a client that goes away aborts its prediction", async () => {
    const socket = connect(Number(new URL(framework.url).port), "127.0.0.1");
    const body = JSON.stringify({ untilAborted: true });
    socket.write(
      `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await until("the prediction", () => framework.output().includes('"waiting"'));
    socket.destroy();
    await until("its abort", () => framework.output().includes('"reason":"request-cancelled"'));
  });

  // First, so that it is the first request this process gets.
  test("answers malformed JSON with the same problem as everywhere", async () => {
    const malformed = await postJson(framework.url, "/predict", '{"value": ');
    assert.deepEqual([malformed.status, json(malformed).code], [400, "invalid-json"]);
    assert.equal(header(malformed, "content-type"), "application/problem+json");
  });

  test("predicts at / and at /predict", async () => {
    for (const target of ["/", "/predict", "/any/prefix/predict"]) {
      const response = await postJson(framework.url, target, { value: 21 });
      assert.deepEqual([response.status, json(response)], [200, { doubled: 42 }], target);
      assert.equal(header(response, "content-type"), "application/json");
    }
  });

  test("answers unknown routes, the framework's own routes, undecodable paths and wrong methods with problems", async () => {
    for (const target of ["/nowhere", "/favicon.ico", "/robots.txt", "/%E0%A4%A"]) {
      const unknown = await send(framework.url, { target });
      assert.deepEqual([unknown.status, json(unknown).code], [404, "not-found"], target);
    }
    for (const method of ["DELETE", "PUT", "PATCH", "GET"]) {
      const wrong = await send(framework.url, { method, target: "/predict" });
      assert.deepEqual([wrong.status, json(wrong).code], [405, "method-not-allowed"], method);
    }
  });

  test("answers GET, HEAD and OPTIONS", async () => {
    const health = await send(framework.url, { target: "/health" });
    assert.deepEqual([health.status, json(health)], [200, { status: "ok" }]);
    const head = await send(framework.url, { method: "HEAD", target: "/health" });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    const options = await send(framework.url, { method: "OPTIONS", target: "/predict" });
    assert.deepEqual([options.status, header(options, "allow"), options.body.length], [204, "POST, OPTIONS", 0]);
    for (const response of [health, head, options]) assert.equal(header(response, "etag"), undefined);
  });

  test("keeps body bytes both ways, from none to 4 MB, and over the limit says so", async () => {
    const type = [["content-type", "application/octet-stream"]] as const;
    for (const size of [1, 255, 65_536, 4 * 1024 * 1024]) {
      const body = Buffer.alloc(size).map((_, index) => (index * 31 + (index >> 8)) & 255);
      const response = await send(framework.url, { method: "POST", target: "/", headers: type, body });
      assert.equal(response.status, 200);
      assert.equal(header(response, "content-length"), String(size));
      assert.ok(Buffer.from(response.body).equals(body), `${size} bytes`);
    }
    const empty = await send(framework.url, { method: "POST", target: "/", headers: type });
    assert.deepEqual([empty.status, json(empty).code], [400, "invalid-json"]);
    const large = await send(framework.url, {
      method: "POST",
      target: "/",
      headers: type,
      body: Buffer.alloc(8 * 1024 * 1024 + 1),
    });
    assert.deepEqual([large.status, json(large).code], [413, "body-too-large"]);
    assert.match(String(json(large).detail), /8388609 bytes; the limit is 8388608/);
  });

  test("inflates a gzip body itself, and refuses one that is not gzip", async () => {
    const type = [
      ["content-type", "application/json"],
      ["content-encoding", "gzip"],
    ] as const;
    const good = await send(framework.url, {
      method: "POST",
      target: "/",
      headers: type,
      body: gzipSync('{"value":3}'),
    });
    assert.deepEqual([good.status, json(good)], [200, { doubled: 6 }]);
    const bad = await send(framework.url, {
      method: "POST",
      target: "/",
      headers: type,
      body: Buffer.from("not gzip"),
    });
    assert.deepEqual([bad.status, json(bad).code], [400, "invalid-body"]);
  });

  test("takes a body sent in chunks, and text in any charset the framework does not know", async () => {
    const chunked = await send(framework.url, {
      method: "POST",
      target: "/",
      headers: [
        ["content-type", "application/json; charset=x-unknown"],
        ["transfer-encoding", "chunked"],
      ],
      body: Buffer.from('{"value":8}'),
    });
    assert.deepEqual([chunked.status, json(chunked)], [200, { doubled: 16 }]);
  });

  test("hands on query and headers as sent", async () => {
    const query = "a=1&a=2&b=%20+%2B&c=%E2%82%AC&empty=&flag&d=%2f%2F&q='";
    const told = json(
      await postJson(framework.url, `/predict?${query}`, { tell: true }, [
        ["X-Mixed-Case", "Kept"],
        ["x-twice", "1"],
        ["x-twice", "2"],
      ]),
    );
    assert.deepEqual([told.method, told.path, told.query], ["POST", "/predict", query]);
    const seen = told.headers as Record<string, string>;
    assert.deepEqual([seen["x-mixed-case"], seen["x-twice"]], ["Kept", "1, 2"]);
  });

  test("ties execution id, trace and deadline to the platform's own", async () => {
    const response = await postJson(framework.url, "/", { tell: true }, [
      ["function-execution-id", "exec-7"],
      ["x-cloud-trace-context", "0af7651916cd43dd8448eb211c80319c/13235353014750950193;o=1"],
    ]);
    const told = json(response);
    assert.equal(told.id, "exec-7");
    assert.equal(told.traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    const left = (told.deadline as number) - Date.now();
    assert.ok(left > 50_000 && left <= 60_000, `${left} ms`);
    const line = await until("the log line", () =>
      linesOf(framework).find((each) => each.includes('"execution_id":"exec-7"')),
    );
    const logged = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual([logged.severity, logged.marker], ["INFO", "m-42"]);
    assert.deepEqual(logged["logging.googleapis.com/labels"], { execution_id: "exec-7" });
    assert.match(String(logged["logging.googleapis.com/trace"]), /0af7651916cd43dd8448eb211c80319c$/);
  });

  test("hides a predictor's error from clients, and logs it", async () => {
    const response = await postJson(framework.url, "/", { fail: true });
    assert.deepEqual([response.status, json(response).code], [500, "predict-failed"]);
    assert.doesNotMatch(
      Buffer.from(response.body).toString() + JSON.stringify(response.headers),
      /secret|postgres|TypeError/,
    );
    await until("the log of what was thrown", () => framework.output().includes("postgres"));
    assert.deepEqual(json(await postJson(framework.url, "/", { value: 1 })), { doubled: 2 });
  });

  test("a ping over HTTP needs the secret; Scheduler's header alone is traffic", async () => {
    const ping = await postJson(framework.url, "/", {}, [["x-tricast-warmup", "s3cret"]]);
    assert.deepEqual([ping.status, json(ping).warmed, json(ping).state], [200, true, "ready"]);
    const scheduler = await postJson(framework.url, "/", { value: 4 }, [["x-cloudscheduler", "true"]]);
    assert.equal(json(scheduler).doubled, 8);
  });

  test("a client that leaves midway does not harm the next request", async () => {
    const { port } = new URL(framework.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");
    await once(socket, "connect");
    socket.destroySoon();
    assert.deepEqual(json(await postJson(framework.url, "/", { value: 2 })), { doubled: 4 });
  });
});

describe("cloud functions beside other functions", () => {
  test("leaves a target that is not ours to the framework", async () => {
    const framework = await startFramework(app.root, "plain");
    assert.deepEqual(json(await postJson(framework.url, "/", { a: 1 })), { plain: { a: 1 } });
    assert.equal((await postJson(framework.url, "/", "{")).status, 400);
    assert.equal(await framework.stop(), 0);
  });

  test("works inside the framework's application too, where it is exported under another name", async () => {
    const framework = await startFramework(app.root, "alias");
    assert.deepEqual(json(await postJson(framework.url, "/predict", { value: 21 })), { doubled: 42 });
    const type = [
      ["content-type", "application/json"],
      ["content-encoding", "gzip"],
    ] as const;
    const zipped = await send(framework.url, {
      method: "POST",
      target: "/predict?x=%20",
      headers: type,
      body: gzipSync('{"value":3}'),
    });
    assert.deepEqual(json(zipped), { doubled: 6 });
    const bytes = await send(framework.url, {
      method: "POST",
      target: "/",
      headers: [["content-type", "application/octet-stream"]],
      body: Buffer.from([0, 255, 1, 254]),
    });
    assert.deepEqual([...bytes.body], [0, 255, 1, 254]);
    const empty = await send(framework.url, { method: "POST", target: "/" });
    assert.deepEqual([empty.status, json(empty).code], [400, "invalid-json"]);
    assert.equal(await framework.stop(), 0);
  });

  test("keeps several cookies apart, byte for byte", async () => {
    const framework = await startFramework(app.root, "cookies");
    assert.deepEqual(headers(await send(framework.url, { target: "/" }), "set-cookie"), [
      "a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly",
      "b=raw=value; Partitioned",
    ]);
    assert.equal(await framework.stop(), 0);
  });
});

/** Resolves when nothing listens there any more. */
async function untilRefused(url: string): Promise<void> {
  const { port } = new URL(url);
  const isRefused = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.once("connect", () => resolve(false)).once("error", () => resolve(true));
      socket.once("connect", () => socket.destroy());
    });
  while (!(await isRefused()));
}

describe("cloud functions when the instance is stopped", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`answers the requests in flight at ${signal} and exits with 0`, async () => {
      const framework = await startFramework(app.root, "probe");
      await postJson(framework.url, "/", { value: 1 });
      const inFlight = [1, 2, 3].map((value) => postJson(framework.url, "/", { value, sleepMs: 500 }));
      await untilPrinted(framework, '"sleeping"', 3);
      const stopped = framework.stop(signal);
      await untilRefused(framework.url);
      const answers = await Promise.all(inFlight);
      assert.deepEqual(
        answers.map((answer) => [answer.status, json(answer).doubled]),
        [
          [200, 2],
          [200, 4],
          [200, 6],
        ],
      );
      assert.equal(await stopped, 0);
    });
  }

  test("exits with 0 when nothing was ever asked", async () => {
    const framework = await startFramework(app.root, "probe");
    assert.equal(await framework.stop(), 0);
  });
});

describe("cloud functions, the framework's own program, events", () => {
  let events: TemporaryApp;
  let framework: GoogleProcess;
  const structured = (event: Record<string, unknown>) =>
    send(framework.url, {
      method: "POST",
      target: "/",
      headers: [["content-type", "application/cloudevents+json"]],
      body: Buffer.from(
        JSON.stringify({ specversion: "1.0", id: "e-1", type: "test.event", source: "//tests", ...event }),
      ),
    });
  const published = (data: string, attributes: Record<string, string> = {}) =>
    structured({
      id: "p-1",
      type: "google.cloud.pubsub.topic.v1.messagePublished",
      source: "//pubsub.googleapis.com/projects/p/topics/t",
      data: {
        subscription: "projects/p/subscriptions/s",
        message: { messageId: "1", data: Buffer.from(data).toString("base64"), attributes },
      },
    });
  const seen = () => linesOf(framework).filter((line) => line.startsWith("SEEN "));
  /** What the predictor saw after the first `skip`, once it is `count`. */
  const seenAfter = async (skip: number, count: number) => {
    const lines = await until(`${count} events`, () => seen().length >= skip + count && seen().slice(skip));
    return lines.map(
      (line) => JSON.parse(line.slice(5)) as { input: unknown; type: string; id: string; source: string },
    );
  };

  before(async () => {
    events = await googleApp(EVENTS);
    framework = await startFramework(events.root, "seen", { args: ["--signature-type=cloudevent"] });
  });

  after(async () => {
    assert.equal(await framework.stop(), 0);
    events.remove();
  });

  test("takes an event in structured mode: its data is the input", async () => {
    const before = seen().length;
    assert.equal((await structured({ data: { value: 1 } })).status, 204);
    assert.deepEqual(await seenAfter(before, 1), [
      { input: { value: 1 }, type: "application/json", id: "e-1", source: "//tests" },
    ]);
  });

  test("takes an event in binary mode, bytes as bytes", async () => {
    const before = seen().length;
    const response = await send(framework.url, {
      method: "POST",
      target: "/",
      headers: [
        ["ce-specversion", "1.0"],
        ["ce-id", "b-1"],
        ["ce-type", "test.event"],
        ["ce-source", "//binary"],
        ["content-type", "application/octet-stream"],
      ],
      body: Buffer.from([0, 255, 128]),
    });
    assert.equal(response.status, 204);
    assert.deepEqual(await seenAfter(before, 1), [
      { input: [0, 255, 128], type: "application/octet-stream", id: "b-1", source: "//binary" },
    ]);
  });

  test("takes a Pub/Sub message: its decoded bytes are the body", async () => {
    const before = seen().length;
    assert.equal((await published('{"value":"ü"}')).status, 204);
    assert.equal((await published("plain", { "content-type": "application/octet-stream" })).status, 204);
    assert.deepEqual(
      (await seenAfter(before, 2)).map(({ input, type }) => [input, type]),
      [
        [{ value: "ü" }, "application/json"],
        [[...Buffer.from("plain")], "application/octet-stream"],
      ],
    );
  });

  test("a ping in a Pub/Sub message, by body or by attribute, does not reach the predictor", async () => {
    const before = seen().length;
    assert.equal((await published('{"warmer":true}')).status, 204);
    assert.equal((await published("anything", { "x-tricast-warmup": "1" })).status, 204);
    assert.equal((await structured({ data: { source: "serverless-plugin-warmup" } })).status, 204);
    // Printed after anything the pings might have let through.
    assert.equal((await published('{"value":"traffic"}')).status, 204);
    assert.deepEqual(
      (await seenAfter(before, 1)).map(({ input }) => input),
      [{ value: "traffic" }],
    );
    assert.match(framework.output(), /model loaded/);
  });

  test("a failure answers 500, so that the event comes again, and shows nothing", async () => {
    for (const response of [await structured({ data: { fail: true } }), await published("{")]) {
      assert.equal(response.status, 500);
      const text = Buffer.from(response.body).toString();
      assert.match(text, /predict-failed|invalid-json/);
      assert.doesNotMatch(text, /secret/);
    }
  });
});
