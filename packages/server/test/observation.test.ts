import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type AnyPredictor, definePredictor } from "@tricast/core";
import { createServer, type InferenceServer, type ServerOptions } from "@tricast/server";
import { get, until } from "./support/calls.ts";
import { gated } from "./support/gate.ts";
import { CHECK, framed, openGrpcWire } from "./support/grpc-wire.ts";
import { type LogLine, type Observed, observe } from "./support/observed.ts";
import { PROTOCOL_CLIENTS, type ProtocolClient, type Sent } from "./support/protocol-clients.ts";

const KEY = { "x-api-key": "k" };

interface Tried {
  readonly server: InferenceServer;
  readonly observed: Observed;
  /** Sends a request under an id of its own. */
  send(sent: Sent, headers?: Readonly<Record<string, string>>): ReturnType<ProtocolClient["send"]> & { id: string };
  readonly metrics: () => Promise<string>;
}

async function start(
  t: TestContext,
  client: ProtocolClient,
  predictor: AnyPredictor,
  options: ServerOptions = {},
): Promise<Tried> {
  const observed = observe(t);
  const ports = { host: "127.0.0.1", port: 0, grpcPort: 0 };
  const server = createServer(predictor, { ...ports, accessLog: 1, apiKeys: ["k"], ...options });
  const { port } = await server.listen();
  t.after(() => server.stop());
  const origin = `http://127.0.0.1:${port}`;
  await until("it is ready", async () => (await get(origin, "/ready")).status === 200);
  let sent = 0;
  return {
    server,
    observed,
    send: (request, headers = KEY) => {
      const id = `request-${++sent}`;
      return { ...client.send(server, request, { ...headers, "x-request-id": id }), id };
    },
    metrics: async () => (await get(origin, "/metrics")).text,
  };
}

interface Left {
  readonly operation: string;
  /** Default: the path of the client's predictions. */
  readonly path?: string;
  readonly route?: string;
  readonly status: number;
  readonly code?: string;
  /** The spans within that of the request. */
  readonly children: readonly string[];
}

const requestLines = (observed: Observed, id?: string): readonly LogLine[] =>
  observed.lines(id).filter(({ message }) => message === "request");

/** Time for what should not come. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** The request has left one span, with these in it, and one line. */
async function leftOne(observed: Observed, id: string, expected: Required<Omit<Left, "code">> & Left): Promise<void> {
  await until("its line", () => requestLines(observed, id).length > 0);
  await someTurns();
  const { operation, path, route, status, code, children } = expected;
  assert.deepEqual(
    requestLines(observed, id).map((line) => [line.operation, line.path, line.status, line.code]),
    [[operation, path, status, code]],
  );
  const spans = observed.spans(id);
  const [own, ...more] = spans.filter(({ start }) => start?.kind === "server");
  assert.deepEqual(more, [], "one span of the request");
  assert.deepEqual([own?.end?.name, own?.end?.error, own?.end?.failed], [`POST ${route}`, code, status >= 500]);
  assert.deepEqual(
    { ...own?.start?.attributes, ...own?.end?.attributes },
    {
      "http.request.method": "POST",
      "url.path": path,
      "url.scheme": "http",
      "http.route": route,
      "http.response.status_code": status,
    },
  );
  const within = spans.filter(({ parent }) => parent === own);
  assert.deepEqual(
    within.map(({ name }) => name),
    children,
  );
}

for (const client of PROTOCOL_CLIENTS) {
  const { operation, path, input } = client;
  const complete = (left: Left) => ({ path, route: left.path ?? path, ...left });

  describe(`a request over ${client.name} leaves one span and one line`, () => {
    it("when it is answered", async (t) => {
      const { send, observed } = await start(t, client, gated().predictor);
      const { id, ended } = send(input({ value: 1 }));
      await ended;
      const children = ["wait", "decode", "run", "encode"];
      await leftOne(observed, id, complete({ operation, status: 200, children }));
    });

    it("when it has no credentials", async (t) => {
      const { send, observed, metrics } = await start(t, client, gated().predictor);
      const { id, ended } = send(input({ value: 1 }), {});
      await ended;
      await leftOne(observed, id, complete({ operation, status: 401, code: "unauthorized", children: ["wait"] }));
      assert.ok((await metrics()).includes(`tricast_errors_total{operation="${operation}",code="unauthorized"} 1`));
    });

    it("when there is no room for it", async (t) => {
      const gate = gated();
      const { send, observed } = await start(t, client, gate.predictor, { maxInFlight: 1, maxQueue: 0 });
      const first = send(input({ wait: true }));
      await gate.reached(1);
      const { id, ended } = send(input({ value: 1 }));
      await ended;
      await leftOne(observed, id, complete({ operation, status: 429, code: "overloaded", children: ["wait"] }));
      gate.open();
      await first.ended;
    });

    it("when its client goes away while it is predicted", async (t) => {
      const gate = gated();
      const { send, observed } = await start(t, client, gate.predictor);
      const { id, cancel } = send(input({ wait: true }));
      await gate.reached(1);
      cancel();
      const children = ["wait", "decode", "run"];
      await leftOne(observed, id, complete({ operation, status: 499, code: "request-cancelled", children }));
    });

    it("when its client goes away while it waits for its turn", async (t) => {
      const gate = gated();
      const { send, observed, metrics } = await start(t, client, gate.predictor, { maxInFlight: 1, maxQueue: 1 });
      const first = send(input({ wait: true }));
      await gate.reached(1);
      const { id, cancel } = send(input({ value: 1 }));
      await until("it waits", async () => /queue_length 1\n/.test(await metrics()));
      cancel();
      await leftOne(observed, id, complete({ operation, status: 499, code: "request-cancelled", children: ["wait"] }));
      gate.open();
      await first.ended;
    });

    it("when its client goes away while it sends", async (t) => {
      const { send, observed, server } = await start(t, client, gated().predictor);
      const { id, cancel } = send({ ...input({ value: 1 }), withheld: 1 });
      await until("it is there", () => server.unfinished[operation] === 1);
      cancel();
      await leftOne(observed, id, complete({ operation, status: 499, code: "request-cancelled", children: ["wait"] }));
    });

    it("when its model is not there", async (t) => {
      const { send, observed } = await start(t, client, gated().predictor);
      const { id, ended } = send(client.unknownModel);
      await ended;
      const left = { operation: client.unknownModelOperation, status: 404, code: "not-found", children: ["wait"] };
      const route = client.unknownModel.path.replace("nothing", ":model");
      await leftOne(observed, id, { ...left, path: client.unknownModel.path, route });
    });

    it("when its deadline passes", async (t) => {
      const { send, observed } = await start(t, client, gated().predictor, { requestTimeoutMs: 300 });
      const { id, ended } = send(input({ wait: true }));
      await ended;
      const children = ["wait", "decode", "run"];
      await leftOne(observed, id, complete({ operation, status: 504, code: "deadline-exceeded", children }));
    });

    it("when its body is malformed", async (t) => {
      const { send, observed } = await start(t, client, gated().predictor);
      const { id, ended } = send(client.malformed);
      await ended;
      // Over gRPC the message is read before the pipeline of the core begins.
      const children = client.name === "HTTP" ? ["wait", "decode"] : ["wait"];
      await leftOne(observed, id, complete({ operation, status: 400, code: client.malformedCode, children }));
    });

    it("and one line more when the predictor fails", async (t) => {
      const failing = definePredictor({
        name: "gated",
        predict: (): object => {
          throw new Error("on purpose");
        },
      });
      const { send, observed } = await start(t, client, failing);
      const { id, ended } = send(input({ value: 1 }));
      await ended;
      const children = ["wait", "decode", "run"];
      await leftOne(observed, id, complete({ operation, status: 500, code: "predict-failed", children }));
      assert.equal(observed.lines(id).filter(({ level }) => level === "error").length, 1);
    });

    it("and a line of the server when tokens cannot be checked", async (t) => {
      const issuer = { jwtIssuer: "https://issuer.example", jwtAudience: "a", jwksUrl: "http://127.0.0.1:1/keys" };
      const { send, observed } = await start(t, client, gated().predictor, issuer);
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const token = `${part({ alg: "RS256", kid: "1" })}.${part({})}.${"A".repeat(342)}`;
      const { id, ended } = send(input({ value: 1 }), { authorization: `Bearer ${token}` });
      await ended;
      await leftOne(observed, id, complete({ operation, status: 503, code: "issuer-unavailable", children: ["wait"] }));
      const again = send(input({ value: 1 }), { authorization: `Bearer ${token}` });
      await again.ended;
      const failures = observed.lines().filter(({ message }) => String(message).includes("keys of the issuer"));
      const levels = failures.map(({ level, requestId }) => [level, requestId]);
      assert.deepEqual(levels, [
        ["error", undefined],
        ["warn", id],
        ["warn", again.id],
      ]);
    });
  });
}

describe("health checks leave neither spans nor lines", () => {
  it("over HTTP", async (t) => {
    const { observed, server } = await start(t, PROTOCOL_CLIENTS[0]!, gated().predictor);
    const origin = `http://127.0.0.1:${server.address.port}`;
    for (const path of ["/health", "/ready", "/live", "/metrics", "/ping", "/v2/health/live", "/v2/health/ready", "/"])
      await get(origin, path);
    await fetch(`${origin}/health`, { method: "DELETE" });
    // Where a gateway mounts the server below a path, behind its own credentials.
    await fetch(`${origin}/prod/health`, { headers: KEY });
    await someTurns();
    assert.deepEqual([observed.spans().filter(({ name }) => name !== "load"), requestLines(observed)], [[], []]);
  });

  it("over gRPC, with or without an answer", async (t) => {
    const { observed, server } = await start(t, PROTOCOL_CLIENTS[1]!, gated().predictor, { receiveTimeoutMs: 100 });
    const wire = openGrpcWire(server.grpcPort as number);
    const service = "/inference.GRPCInferenceService";
    const unknown = framed(Buffer.from([0x0a, 1, 0x78]));
    for (const [path, message] of [
      [CHECK, framed(Buffer.alloc(0))],
      [`${service}/ServerLive`, framed(Buffer.alloc(0))],
      [`${service}/ServerReady`, framed(Buffer.alloc(0))],
      [CHECK, unknown],
      [CHECK, framed(Buffer.alloc(10_000))],
      [CHECK, Buffer.alloc(3)],
    ] as const) {
      const { status, stream } = wire.open(path);
      stream.write(message);
      if (message.length >= 5) stream.end();
      await status;
    }
    wire.close();
    await someTurns();
    assert.deepEqual([observed.spans().filter(({ name }) => name !== "load"), requestLines(observed)], [[], []]);
  });
});
