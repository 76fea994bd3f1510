import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type SpawnedAzureHost, spawnAzureHost } from "../../scripts/start/azure-spawn.ts";
import type { WireRequest, WireResponse } from "../events/event-source.ts";
import { azureApp } from "./support/azure-app.ts";
import { PROBE } from "./support/probe-source.ts";
import type { TemporaryApp } from "./support/temporary-app.ts";
import { until, untilPrinted } from "./support/until.ts";
import { header, headers, json, postJson, send } from "./support/wire-client.ts";

const BODY_BYTES = 8 * 1024 * 1024;

const MAIN = `${PROBE}
import { azureFunctions } from "@tricast/azure-functions";
azureFunctions(probe, { authLevel: "anonymous" });

async function* count({ chunks, bytes, fail, tag }, log) {
  let produced = 0;
  try {
    for (; produced < chunks; produced++) yield Buffer.alloc(bytes, String(produced % 10));
    if (fail) throw new Error("secret: postgres");
  } finally {
    log.info("stream ended", { tag, produced });
  }
}
azureFunctions(definePredictor({
  name: "streaming", load: () => ({}),
  predict: (input, { log, responseHeaders }) => {
    responseHeaders["set-cookie"] = ["a=1; Partitioned", "b=x=y; Path=/"];
    responseHeaders["x-many"] = ["1", "2"];
    return count(input, log);
  },
}), { authLevel: "anonymous" });

app.http("own", { methods: ["POST"], handler: async (request) => ({ body: (await request.text()).toUpperCase() }) });
`;
const IMPORTS = `import { app } from "@azure/functions";
`;

type Framing = "content-length" | "chunked";

/** A request whose body is sent in one of the two framings of HTTP/1.1. */
function framed(framing: Framing, body: Uint8Array, type: string, more: WireRequest["headers"] = []): WireRequest {
  const chunked = [["transfer-encoding", "chunked"]] as const;
  const headers = [["content-type", type] as const, ...(framing === "chunked" ? chunked : []), ...more];
  return { method: "POST", target: "/api/probe/predict", headers, body };
}

const FRAMINGS: readonly Framing[] = ["content-length", "chunked"];
const JSON_TYPE = "application/json";
const BYTES_TYPE = "application/octet-stream";
const noise = (size: number) => Buffer.alloc(size).map((_, index) => (index * 31 + (index >> 8)) & 255);

/** Sends these bytes on a connection of its own, and resolves with all that came back when the host closes it. */
async function exchange(host: SpawnedAzureHost, sent: string): Promise<string> {
  const { hostname, port } = new URL(host.url);
  const socket = connect(Number(port), hostname);
  let received = "";
  socket.setEncoding("latin1").on("data", (text: string) => (received += text));
  socket.on("error", () => undefined).write(sent);
  await once(socket, "close");
  return received;
}

describe("stream mode, with the real library behind the local host", () => {
  let app: TemporaryApp;
  let host: SpawnedAzureHost;

  before(async () => {
    app = await azureApp({ "main.ts": IMPORTS + MAIN });
    host = await spawnAzureHost({ root: app.root });
    await postJson(host.url, "/api/probe", { value: 1 });
  });

  after(async () => {
    assert.equal(await host.stop(), 0);
    app.remove();
  });

  for (const framing of FRAMINGS) {
    test(`${framing}: a JSON body arrives`, async () => {
      const response = await send(host.url, framed(framing, Buffer.from('{"value":21}'), JSON_TYPE));
      assert.deepEqual([response.status, json(response)], [200, { doubled: 42 }]);
      assert.equal(header(response, "content-length"), String(response.body.length));
    });

    test(`${framing}: any bytes return, from one to 4 MB`, async () => {
      for (const size of [1, 255, 65_536, 4 * 1024 * 1024]) {
        const body = noise(size);
        const response = await send(host.url, framed(framing, body, BYTES_TYPE));
        assert.equal(response.status, 200);
        assert.ok(Buffer.from(response.body).equals(body), `${size} bytes`);
      }
    });

    test(`${framing}: gzip and br are inflated`, async () => {
      const body = noise(100_000);
      for (const [encoding, compress] of [["gzip", gzipSync] as const, ["br", brotliCompressSync] as const]) {
        const encoded = framed(framing, compress(body), BYTES_TYPE, [["content-encoding", encoding]]);
        const response = await send(host.url, encoded);
        assert.deepEqual([response.status, Buffer.from(response.body).equals(body)], [200, true], encoding);
      }
    });

    test(`${framing}: an empty body is a missing one`, async () => {
      const response = await send(host.url, framed(framing, new Uint8Array(), BYTES_TYPE));
      assert.deepEqual([response.status, json(response).code], [400, "invalid-json"]);
    });

    test(`${framing}: a body of the limit is accepted, one byte more is a 413, and the next is served`, async () => {
      const fits = await send(host.url, framed(framing, noise(BODY_BYTES), BYTES_TYPE));
      assert.deepEqual([fits.status, fits.body.length], [200, BODY_BYTES]);
      const over = await send(host.url, framed(framing, noise(BODY_BYTES + 1), BYTES_TYPE));
      assert.deepEqual([over.status, json(over).code], [413, "body-too-large"]);
      const next = await send(host.url, framed(framing, Buffer.from('{"value":1}'), JSON_TYPE));
      assert.deepEqual(json(next), { doubled: 2 });
    });
  }

  test("a chunked body without an end is refused as soon as it is over the limit", async () => {
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const head = `POST /api/probe/predict HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${BYTES_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n`;
    const received = await exchange(host, head + chunk.repeat(BODY_BYTES / 65_536 + 1));
    assert.match(received, /^HTTP\/1.1 413 .*"body-too-large"/s);
  });

  test("200 requests in parallel, chunked and not, each get their own response", async () => {
    const responses = await Promise.all(
      Array.from({ length: 200 }, (_, value) =>
        send(host.url, framed(FRAMINGS[value % 2] as Framing, Buffer.from(JSON.stringify({ value })), JSON_TYPE)),
      ),
    );
    assert.deepEqual(
      responses.map((response) => [response.status, json(response).doubled]),
      responses.map((_, value) => [200, 2 * value]),
    );
    assert.equal(new Set(responses.map((response) => header(response, "x-ms-invocation-id"))).size, 200);
  });

  test("HEAD and errors have no body or a problem, as everywhere", async () => {
    const head = await send(host.url, { method: "HEAD", target: "/api/probe/health" });
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    const options = await send(host.url, { method: "OPTIONS", target: "/api/probe/predict" });
    assert.deepEqual([options.status, options.body.length], [204, 0]);
    const failed = await postJson(host.url, "/api/probe", { fail: true });
    assert.deepEqual([failed.status, json(failed).code], [500, "predict-failed"]);
    assert.doesNotMatch(Buffer.from(failed.body).toString(), /postgres/);
  });

  test("a client that goes away aborts its invocation", async () => {
    const abandoned = new AbortController();
    const gone = fetch(`${host.url}/api/probe/predict`, {
      method: "POST",
      headers: { "content-type": JSON_TYPE },
      body: '{"untilAborted":true}',
      signal: abandoned.signal,
    });
    await untilPrinted(host, '"waiting"');
    abandoned.abort();
    await assert.rejects(gone);
    await until("the abort", () => host.output().includes('"reason":"request-cancelled"'));
    assert.deepEqual(json(await postJson(host.url, "/api/probe", { value: 2 })), { doubled: 4 });
  });

  test("a client that goes away within its body ends the request", async () => {
    const { hostname, port } = new URL(host.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /api/probe/predict HTTP/1.1\r\nhost: x\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: 100\r\n\r\n{`,
    );
    await once(socket, "connect");
    socket.destroy();
    assert.deepEqual(json(await postJson(host.url, "/api/probe", { value: 3 })), { doubled: 6 });
  });

  const stream = (order: object): Promise<WireResponse> => postJson(host.url, "/api/streaming", order);

  test("a streamed response arrives whole, with its repeated headers", async () => {
    const response = await stream({ chunks: 100, bytes: 1_000 });
    assert.equal(response.status, 200);
    const expected = Array.from({ length: 100 }, (_, index) => String(index % 10).repeat(1_000)).join("");
    assert.equal(Buffer.from(response.body).toString(), expected);
    assert.deepEqual(headers(response, "set-cookie"), ["a=1; Partitioned", "b=x=y; Path=/"]);
    assert.deepEqual(headers(response, "x-many"), ["1", "2"]);
  });

  test("a stream that fails after a chunk never looks whole", async () => {
    await assert.rejects(stream({ chunks: 3, bytes: 10, fail: true }));
  });

  test("a stream that fails before its first chunk is a problem", async () => {
    const response = await stream({ chunks: 0, bytes: 10, fail: true });
    assert.deepEqual([response.status, json(response).code], [500, "predict-failed"]);
  });

  test("a client that reads nothing holds its stream back, and ends it when it leaves", async () => {
    const order = { chunks: 2_000, bytes: 65_536 };
    const stuck = JSON.stringify({ ...order, tag: "stuck" });
    const { hostname, port } = new URL(host.url);
    const socket = connect(Number(port), hostname);
    const head = `POST /api/streaming HTTP/1.1\r\nhost: x\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: ${stuck.length}`;
    socket.pause().write(`${head}\r\n\r\n${stuck}`);
    await once(socket, "readable");
    // Another client reads all of its stream meanwhile, which takes as long as the first would without backpressure.
    assert.equal((await stream({ ...order, tag: "read" })).body.length, 2_000 * 65_536);
    await until("the end of the read stream", () => producedBy("read"));
    assert.equal(producedBy("stuck"), undefined);
    socket.destroy();
    const produced = await until("the end of the stuck stream", () => producedBy("stuck"));
    assert.ok(produced < 2_000, `${produced} chunks`);
  });

  function producedBy(tag: string): number | undefined {
    const line = new RegExp(`"tag":"${tag}","produced":(\\d+)`).exec(host.output());
    return line === null ? undefined : Number(line[1]);
  }

  test("functions of the app's own are in the same mode", async () => {
    const response = await send(host.url, {
      ...framed("chunked", Buffer.from("abc"), "text/plain"),
      target: "/api/own",
    });
    assert.equal(Buffer.from(response.body).toString(), "ABC");
  });
});

test("an app can turn stream mode off, and keeps its cookies", async () => {
  const source = `${PROBE}
import { app } from "@azure/functions";
import { azureFunctions } from "@tricast/azure-functions";
azureFunctions(definePredictor({
  name: "probe", load: () => ({}),
  predict: (input, { responseHeaders }) => { responseHeaders["set-cookie"] = ["a=1; Path=/", "b=x=y; Path=/"]; return input; },
}));
app.setup({ enableHttpStream: false });
`;
  const app = await azureApp({ "main.ts": source });
  const host = await spawnAzureHost({ root: app.root });
  try {
    const response = await postJson(host.url, "/api/probe", { value: 1 });
    assert.deepEqual([response.status, json(response)], [200, { value: 1 }]);
    assert.equal(header(response, "x-ms-invocation-id"), undefined);
    assert.deepEqual(headers(response, "set-cookie"), ["b=x=y; Path=/", "a=1; path=/"]);
  } finally {
    await host.stop();
    app.remove();
  }
});
