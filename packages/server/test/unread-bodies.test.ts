import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { bind } from "@tricast/core/adapter";
import { nodeAdapter } from "@tricast/http/node";
import { RequestGuard } from "../src/guard.ts";
import { HttpHandler } from "../src/http/http-handler.ts";
import { SERVER } from "../src/platform.ts";
import type { Route } from "../src/route.ts";
import { ANY_METHOD, Router } from "../src/router.ts";
import { smallAdmission } from "./support/admission.ts";
import { post, until } from "./support/calls.ts";
import { start } from "./support/start.ts";
import { openWire } from "./support/wire.ts";

const double = definePredictor({
  name: "double",
  cors: { origins: "*" },
  load: () => ({}),
  predict: (value: number) => ({ value: value * 2 }),
});
const other = definePredictor({ name: "other", load: () => ({}), predict: () => 1 });

const PREFLIGHT = { origin: "https://a.example", "access-control-request-method": "POST" };

describe("OPTIONS", () => {
  test("only a preflight passes without credentials: one header of the two is not enough", async (t) => {
    const { origin } = await start(t, double, { apiKeys: ["k"] });
    const options = (path: string, headers: Record<string, string>) =>
      fetch(origin + path, { method: "OPTIONS", headers }).then(({ status }) => status);
    for (const path of ["/predict", "/", "/metadata", "/nowhere/predict"]) {
      assert.equal(await options(path, PREFLIGHT), 204, path);
      assert.equal(await options(path, {}), 401, path);
      assert.equal(await options(path, { origin: PREFLIGHT.origin }), 401, path);
      assert.equal(await options(path, { "access-control-request-method": "POST" }), 401, path);
      assert.equal(await options(path, { "x-api-key": "k" }), 204, path);
    }
  });

  test("its body is never read, not even one that cannot be inflated", async (t) => {
    const { origin } = await start(t, double, { maxBodyBytes: 10 });
    for (const headers of [PREFLIGHT, {}]) {
      const response = await fetch(`${origin}/predict`, {
        method: "OPTIONS",
        body: "x".repeat(1_000),
        headers: { ...headers, "content-encoding": "gzip" },
      });
      assert.equal(response.status, 204);
    }
  });
});

describe("a body that nobody reads", () => {
  const head = (method: string, path: string, ...headers: string[]) =>
    [`${method} ${path} HTTP/1.1`, "host: x", ...headers].join("\r\n");
  const NEXT = "\r\n\r\nGET /live HTTP/1.1\r\nhost: x\r\n\r\n";

  /** Requests whose body no route reads, with what they are answered. */
  const UNREAD: readonly (readonly [title: string, head: string, status: number])[] = [
    ["on GET /metadata", head("GET", "/metadata", "x-api-key: k"), 200],
    ["on GET /health", head("GET", "/health"), 200],
    ["on HEAD /health", head("HEAD", "/health"), 200],
    ["on a preflight", head("OPTIONS", "/predict", "origin: https://a", "access-control-request-method: POST"), 204],
    ["without credentials", head("POST", "/predict"), 401],
    ["on a path of a protocol that does not exist", head("POST", "/v2/nothing", "x-api-key: k"), 404],
    ["with a method that the path does not take", head("DELETE", "/live"), 405],
    ["over the limit", head("POST", "/predict", "x-api-key: k"), 413],
  ];

  for (const [title, text, status] of UNREAD) {
    test(`${title} leaves the connection usable where it is small`, async (t) => {
      const { port } = await start(t, double, { apiKeys: ["k"], maxBodyBytes: 10 });
      const wire = openWire(port);
      // Longer than what a paused connection takes in, and shorter than what ends it.
      const body = "x".repeat(200_000);
      wire.write(`${text}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      await wire.until(`HTTP/1.1 ${status} `);
      wire.write(NEXT.slice(4));
      await wire.until('"status":"ok"}');
      assert.doesNotMatch(wire.received(), /connection: close/i);
      wire.socket.destroy();
    });

    for (const [kind, header, piece] of [
      ["is large", "content-length: 1000000000", "x".repeat(1_000_000)],
      ["has no length", "transfer-encoding: chunked", `f4240\r\n${"x".repeat(1_000_000)}\r\n`],
    ] as const) {
      test(`${title} ends the connection where it ${kind}, and the answer comes at once`, async (t) => {
        const { port } = await start(t, double, { apiKeys: ["k"], maxBodyBytes: 10 });
        const wire = openWire(port);
        // One body has to come in part before it is known to be over the limit.
        wire.write(
          `${text}\r\n${header}\r\n\r\n${status === 413 && header.startsWith("t") ? `14\r\n${"x".repeat(20)}\r\n` : ""}`,
        );
        const answer = await wire.until("\r\n\r\n");
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
        assert.match(answer, /\r\nconnection: close\r\n/i);
        wire.write(piece);
        await wire.closed;
      });
    }

    test(`${title} is not asked for`, async (t) => {
      const { port } = await start(t, double, { apiKeys: ["k"], maxBodyBytes: 10 });
      const wire = openWire(port);
      wire.write(`${text}\r\nexpect: 100-continue\r\ncontent-length: 20\r\n\r\n`);
      const answer = await wire.closed;
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(answer, /\r\nconnection: close\r\n/i);
    });
  }

  test("does not cost a client the answer that sends all of it before it reads", async (t) => {
    const { port } = await start(t, double, { apiKeys: ["k"] });
    const body = "x".repeat(20_000_000);
    for (let round = 0; round < 3; round++) {
      const socket = connect(port, "127.0.0.1").setEncoding("latin1");
      const text = `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.write(text, "latin1", (error) => (error ? reject(error) : resolve()));
      });
      let answer = "";
      for await (const piece of socket) answer += piece;
      assert.match(answer, /^HTTP\/1\.1 401 [\s\S]*Credentials are required/);
    }
  });

  test("is received for two seconds at the most, and a stopping server waits no longer for it", async (t) => {
    const { port, server } = await start(t, double, { apiKeys: ["k"] });
    const wire = openWire(port);
    wire.write("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n");
    await wire.until("Credentials are required");
    assert.equal((await server.stop()).finished, true);
    await wire.closed;
  });
});

describe("a body that a route other than a prediction reads", () => {
  const load = (origin: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    post(origin, "/v2/repository/index", body, { headers });

  test("is read after authentication only, and holds no place while it arrives", async (t) => {
    const { origin, port, server } = await start(t, [double, other], { apiKeys: ["k"], maxInFlight: 1, maxQueue: 0 });
    const headers = { "x-api-key": "k" };
    assert.equal((await load(origin, "{", {})).status, 401);
    assert.equal((await load(origin, "{", headers)).body.code, "invalid-json");
    const slow = openWire(port);
    slow.write("POST /v2/repository/index HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\ncontent-length: 2\r\n\r\n{");
    await until("it is there", () => server.unfinished["v2-repository-index"] === 1);
    assert.equal((await load(origin, "{}", headers)).status, 200);
    assert.equal((await post(origin, "/double/predict", 2, { headers })).status, 200);
    slow.write("}");
    await slow.until("HTTP/1.1 200");
    slow.socket.destroy();
  });
});

test("a body in pieces of one byte is put together", async (t) => {
  const { port } = await start(t, double);
  const wire = openWire(port);
  wire.write("POST /predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
  wire.write(`${[..."12345"].map((byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`);
  await wire.until('"value":24690');
  wire.socket.destroy();
});

test("a route of any method reads the bodies of all but OPTIONS", async (t) => {
  const seen: [method: string, bytes: number | undefined][] = [];
  const route: Route = {
    method: ANY_METHOD,
    path: "/any",
    kind: "read",
    operation: "any",
    readsBody: true,
    handle: ({ request: { method, body } }) => {
      seen.push([method, body?.length]);
      return { status: 204, headers: {}, body: "" };
    },
  };
  const handler = new HttpHandler({
    state: {
      settings: { maxBodyBytes: 10 },
      guard: new RequestGuard(smallAdmission(), () => undefined),
      host: { list: () => [] },
    } as never,
    router: new Router([route]),
    fallback: undefined,
    roots: [],
  });
  const endingOf = () => ({ last: false, maxUnreadBytes: 10 });
  const server = createServer(bind(handler, nodeAdapter({ platform: SERVER, toId: () => "1", endingOf })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (const method of ["PUT", "OPTIONS", "DELETE"])
    assert.equal((await fetch(`http://127.0.0.1:${port}/any`, { method, body: "1234" })).status, 204);
  assert.deepEqual(seen, [
    ["PUT", 4],
    ["OPTIONS", undefined],
    ["DELETE", 4],
  ]);
});
