import assert from "node:assert/strict";
import { createServer as createNetServer } from "node:net";
import { describe, test } from "node:test";
import { get, post, until } from "./support/calls.ts";
import { gated } from "./support/gate.ts";
import { framed, INFER, openGrpcWire } from "./support/grpc-wire.ts";
import { startProgram } from "./support/program.ts";
import { PROTOCOL_CLIENTS } from "./support/protocol-clients.ts";
import { start } from "./support/start.ts";
import { openWire, postText } from "./support/wire.ts";

describe("stopping a server", () => {
  test("what is in flight and what waits is answered, and each connection then ends", async (t) => {
    const gate = gated();
    const { server, port } = await start(t, gate.predictor, { maxInFlight: 1 });
    const wires = [1, 2].map((value) => {
      const wire = openWire(port);
      wire.write(postText("/predict", JSON.stringify({ wait: true, value })));
      return wire;
    });
    await gate.reached(1);
    await until("both are there", () => server.unfinished.predict === 2);
    const stopped = server.stop();
    gate.open();
    await gate.reached(2);
    gate.open();
    for (const wire of wires) {
      const received = await wire.closed;
      assert.match(received, /^HTTP\/1\.1 200 /);
      assert.match(received, /connection: close/i);
    }
    assert.deepEqual(await stopped, { finished: true, unfinished: {} });
  });

  test("pipelined requests that have come are answered, and the connection ends with the last", async (t) => {
    const gate = gated();
    const { server, port } = await start(t, gate.predictor);
    const wire = openWire(port);
    wire.write([1, 2, 3].map((value) => postText("/predict", JSON.stringify({ wait: true, value }))).join(""));
    await gate.reached(3);
    const stopped = server.stop();
    gate.open();
    const received = await wire.closed;
    assert.deepEqual(
      [...received.matchAll(/"value":(\d)/g)].map(([, value]) => value),
      ["1", "2", "3"],
    );
    assert.equal((await stopped).finished, true);
  });

  test("during the drain delay it is not ready, and still answers who comes", async (t) => {
    const gate = gated();
    const { server, origin } = await start(t, gate.predictor, { drainDelayMs: 5_000 });
    assert.equal((await get(origin, "/ready")).status, 200);
    const stopped = server.stop();
    const ready = await get(origin, "/ready");
    assert.deepEqual([ready.status, JSON.parse(ready.text)], [503, { ready: false, state: "stopping" }]);
    assert.equal((await get(origin, "/v2/health/ready")).status, 503);
    assert.equal((await get(origin, "/live")).status, 200);
    assert.deepEqual((await post(origin, "/predict", { value: 1 })).body, { value: 1 });
    assert.equal((await stopped).finished, true);
    await assert.rejects(get(origin, "/live"));
  });

  test("when the grace is over it says what was still being done", async (t) => {
    const gate = gated();
    const { server, origin } = await start(t, gate.predictor, { graceMs: 300 });
    const cut = post(origin, "/predict", { wait: true }).catch(() => "cut");
    await gate.reached(1);
    const report = await server.stop();
    assert.equal(report.finished, false);
    assert.equal(report.unfinished.predict, 1);
    assert.equal(await cut, "cut");
  });

  test("a body that has stalled is refused, and does not delay the stop", async (t) => {
    const { server, port } = await start(t, gated().predictor, { graceMs: 600_000, grpcPort: 0 });
    const wire = openWire(port);
    wire.write("POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{");
    const grpc = openGrpcWire(server.grpcPort as number);
    const call = grpc.open(INFER);
    call.stream.write(framed(Buffer.alloc(10)).subarray(0, 7));
    await until("both are there", () => Object.values(server.unfinished).length === 2);
    const stopped = server.stop();
    const received = await wire.closed;
    assert.match(received, /^HTTP\/1\.1 503 /);
    assert.match(received, /retry-after: 1/i);
    assert.match(received, /shutting-down/);
    assert.match(received, /connection: close/i);
    const { code, ours } = await call.status;
    assert.deepEqual([code, ours], [14, "shutting-down"]);
    grpc.close();
    assert.deepEqual(await stopped, { finished: true, unfinished: {} });
  });

  for (const client of PROTOCOL_CLIENTS) {
    test(`what was still being done over ${client.name} is named`, async (t) => {
      const gate = gated();
      const { server } = await start(t, gate.predictor, { graceMs: 300, grpcPort: 0 });
      const { ended } = client.send(server, client.input({ wait: true }), {});
      await gate.reached(1);
      assert.deepEqual(server.unfinished, { [client.operation]: 1 });
      const { finished, unfinished } = await server.stop();
      assert.deepEqual([finished, unfinished[client.operation]], [false, 1]);
      await ended.catch(() => undefined);
      assert.deepEqual(server.unfinished, {});
    });
  }

  test("stopping twice is one stop", async (t) => {
    const { server } = await start(t, gated().predictor);
    assert.equal(server.stop(), server.stop());
    assert.equal((await server.stop()).finished, true);
  });
});

describe("a process that serves", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal} with 100 requests in flight: all are answered, and it exits with 0`, async () => {
      const program = await startProgram({ ENDS: "on-signal", TRICAST_MAX_IN_FLIGHT: "64", TRICAST_MAX_QUEUE: "64" });
      const requests = Array.from({ length: 100 }, (_, value) => post(program.origin, "/predict", value));
      await until("64 have begun", () => program.output().split("begun").length === 65);
      await until("the others wait", async () =>
        /queue_length 36\n/.test((await get(program.origin, "/metrics")).text),
      );
      program.signal(signal);
      const answers = await Promise.all(requests);
      assert.deepEqual(
        answers.map(({ status, body }) => [status, body.value]),
        Array.from({ length: 100 }, (_, value) => [200, value]),
      );
      assert.equal(await program.exited, 0);
      assert.match(program.output(), /"message":"stopped"/);
    });
  }

  test("a grace that is too short: exit 1, with a line that names what was cut off", async () => {
    const program = await startProgram({ TRICAST_GRACE_MS: "300" });
    const cut = post(program.origin, "/predict", 1).catch(() => "cut");
    await until("it has begun", () => program.output().includes("begun"));
    program.signal("SIGTERM");
    assert.equal(await program.exited, 1);
    assert.equal(await cut, "cut");
    assert.match(program.output(), /"unfinished":\{"predict":1/);
  });

  test("a second signal ends it at once, with 1", async () => {
    const program = await startProgram();
    const cut = post(program.origin, "/predict", 1).catch(() => "cut");
    await until("it has begun", () => program.output().includes("begun"));
    program.signal("SIGTERM");
    await until("it stops", () => program.output().includes('"stopping"'));
    program.signal("SIGTERM");
    assert.equal(await program.exited, 1);
    assert.equal(await cut, "cut");
    assert.match(program.output(), /"unfinished":\{"predict":1\}/);
  });

  test("a port that is taken: exit 1, and a line that says so", async (t) => {
    const other = createNetServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    const program = await startProgram({ TRICAST_PORT: String(port) });
    assert.equal(await program.exited, 1);
    assert.match(program.output(), new RegExp(`Cannot listen on 127.0.0.1:${port}: .*EADDRINUSE`));
  });

  test("an option that is wrong is named when it starts", async () => {
    const program = await startProgram({ TRICAST_MAX_IN_FLIGHT: "many" });
    assert.equal(await program.exited, 1);
    assert.match(program.output(), /TRICAST_MAX_IN_FLIGHT is "many"; it must be a whole number, 1 or more/);
  });
});
