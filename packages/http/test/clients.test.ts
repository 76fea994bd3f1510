import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type ClientHttp2Session, connect, createServer as createHttp2Server } from "node:http2";
import { describe, it, type TestContext } from "node:test";
import { type AnyPredictor, definePredictor } from "@tricast/core";
import { nodeListener } from "@tricast/http";
import { logged } from "../../../test/contract/support/quiet.ts";
import { until } from "../../../test/e2e/support/until.ts";
import { openWire, postText } from "../../server/test/support/wire.ts";
import { listening } from "./support/listening.ts";
import { echo, endless, waiting } from "./support/predictors.ts";

const MB = 1_000_000;
const HEAD = "POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\n";
const overHttp1 = (t: TestContext, predictor: AnyPredictor) => listening(t, createServer(nodeListener(predictor)));

describe("nodeListener, when a client of HTTP/1.1", () => {
  it("goes away, aborts its prediction", async (t) => {
    const { predictor, begun, aborted } = waiting();
    const wire = openWire(await overHttp1(t, predictor));
    wire.write(postText("/predict", "1"));
    await begun;
    wire.socket.destroy();
    assert.equal(((await aborted) as { code?: string }).code, "request-cancelled");
  });

  it("leaves in the middle of a streamed answer, ends the stream", async (t) => {
    const { predictor, counts } = endless();
    const wire = openWire(await overHttp1(t, predictor));
    wire.write(postText("/predict", "1"));
    await wire.until("200 OK");
    wire.socket.destroy();
    await until("the end of the stream", () => counts.ended === 1);
  });

  it("reads nothing of a streamed answer, makes no more chunks than fit between them", async (t) => {
    const { predictor, counts } = endless();
    const wire = openWire(await overHttp1(t, predictor));
    wire.socket.pause();
    wire.write(postText("/predict", "1"));
    let before = -1;
    await until("a pause", () => {
      const rests = counts.made > 0 && counts.made === before;
      before = counts.made;
      return rests;
    });
    assert.ok(counts.made * 1_000 < 50 * MB, `${counts.made} chunks`);
    wire.socket.destroy();
    await until("the end of the stream", () => counts.ended === 1);
  });

  it("announces a body over the limit, refuses it before it has come", async (t) => {
    const { predictor, counts } = echo();
    const wire = openWire(await overHttp1(t, predictor));
    wire.write(`${HEAD}content-length: ${MB}\r\n\r\n`);
    assert.match(await wire.until("body-too-large"), /^HTTP\/1\.1 413 [\s\S]*connection: close/i);
    wire.socket.destroy();
    assert.equal(counts.predicted, 0);
  });

  it("sends chunks over the limit, refuses them before their end, and the client can read the answer", async (t) => {
    const { predictor } = echo();
    const wire = openWire(await overHttp1(t, predictor));
    wire.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    for (let sent = 0; sent < 3; sent++) wire.write(`${(50_000).toString(16)}\r\n${"x".repeat(50_000)}\r\n`);
    assert.match(await wire.until("body-too-large"), /^HTTP\/1\.1 413 /);
    wire.write("0\r\n\r\n");
    assert.match(await wire.closed, /more than 100000/);
  });

  it("waits for a 100, is told once to send the body", async (t) => {
    const wire = openWire(await overHttp1(t, echo().predictor));
    wire.write(`${HEAD}expect: 100-continue\r\ncontent-length: 1\r\n\r\n`);
    await wire.until("100 Continue");
    wire.write("a");
    const received = await wire.until('{"input":[97]}');
    assert.equal(received.split("100 Continue").length, 2);
    wire.socket.destroy();
  });

  it("waits for a 100 where the server leaves it to the handler, is told nothing but the refusal", async (t) => {
    const listener = nodeListener(echo().predictor);
    const port = await listening(t, createServer(listener).on("checkContinue", listener));
    const refused = openWire(port);
    refused.write(`${HEAD}expect: 100-continue\r\ncontent-length: ${MB}\r\n\r\n`);
    assert.match(await refused.closed, /^HTTP\/1\.1 413 /);
    const taken = openWire(port);
    taken.write(`${HEAD}expect: 100-continue\r\ncontent-length: 1\r\n\r\n`);
    await taken.until("100 Continue");
    taken.write("a");
    await taken.until('{"input":[97]}');
    taken.socket.destroy();
  });
});

describe("nodeListener, when a client of HTTP/2", () => {
  const open = async (t: TestContext, predictor: AnyPredictor): Promise<ClientHttp2Session> => {
    const session = connect(`http://127.0.0.1:${await listening(t, createHttp2Server(nodeListener(predictor)))}`);
    t.after(() => session.destroy());
    return session;
  };
  const request = (session: ClientHttp2Session, headers: Readonly<Record<string, string>> = {}) => {
    const stream = session.request({ ":method": "POST", ":path": "/predict", ...headers });
    // A test that looks at the end does so itself.
    stream.on("error", () => {});
    return stream;
  };
  const textOf = async (stream: ReturnType<typeof request>): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };

  it("asks, shows its authority as host, and no pseudo-header", async (t) => {
    const teller = definePredictor({
      name: "teller",
      load: () => ({}),
      predict: (_input: unknown, { request: { headers } }) => ({ ...headers }),
    });
    const session = await open(t, teller);
    const stream = request(session, { "content-type": "application/json", ":authority": "a.example" });
    stream.end("1");
    assert.deepEqual(JSON.parse(await textOf(stream)), { "content-type": "application/json", host: "a.example" });
  });

  it("breaks off its body, predicts nothing of it", async (t) => {
    const { predictor, counts } = echo();
    const gone = Promise.withResolvers<void>();
    const listener = nodeListener(predictor);
    const server = createHttp2Server((incoming, reply) => {
      if (incoming.headers["x-breaks"] !== undefined) reply.once("close", gone.resolve);
      listener(incoming, reply);
    });
    const origin = `http://127.0.0.1:${await listening(t, server)}`;
    for (const ending of ["connection", "length"]) {
      const session = connect(origin);
      const stream = request(session, {
        "content-type": "application/octet-stream",
        "x-breaks": ending,
        "content-length": "9",
      });
      await new Promise((resolve) => stream.write("half", resolve));
      if (ending === "connection") session.destroy();
      else stream.end();
      await gone.promise;
      session.destroy();
    }
    const session = connect(origin);
    const next = request(session, { "content-type": "application/octet-stream" });
    next.end("w");
    assert.equal(await textOf(next), '{"input":[119]}');
    assert.equal(counts.predicted, 1);
    session.close();
  });

  it("cancels its stream, aborts its prediction", async (t) => {
    const { predictor, begun, aborted } = waiting();
    const stream = request(await open(t, predictor));
    stream.end("1");
    await begun;
    stream.close(8);
    assert.equal(((await aborted) as { code?: string }).code, "request-cancelled");
  });

  it("cancels a streamed answer, ends the stream", async (t) => {
    const { predictor, counts } = endless();
    const stream = request(await open(t, predictor));
    stream.end("1");
    await new Promise((resolve) => stream.once("data", resolve));
    stream.close(8);
    await until("the end of the stream", () => counts.ended === 1);
  });

  it("sends a body over the limit, keeps its connection", async (t) => {
    const { predictor } = echo();
    const session = await open(t, predictor);
    const headers = { "content-type": "application/octet-stream" };
    const announced = request(session, { ...headers, "content-length": String(MB) });
    assert.match(await textOf(announced), /body-too-large/);
    const next = request(session, headers);
    next.end("w");
    assert.equal(await textOf(next), '{"input":[119]}');
  });
});

describe("nodeListener, when other code has answered", () => {
  it("leaves the answer alone", async (t) => {
    const listener = nodeListener(echo().predictor);
    const server = createServer((request, response) => {
      response.end("mine");
      listener(request, response);
    });
    const port = await listening(t, server);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/health`)).text(), "mine");
  });

  it("only in part, breaks the answer off, and says so in the log", async (t) => {
    const listener = nodeListener(echo().predictor);
    const server = createServer((request, response) => {
      response.write("mine");
      listener(request, response);
    });
    const port = await listening(t, server);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/health`).then((response) => response.text()));
    assert.ok(logged.some((line) => line.includes("A request was not answered")));
  });
});
