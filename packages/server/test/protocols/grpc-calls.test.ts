import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import * as grpc from "@grpc/grpc-js";
import { type AnyPredictor, definePredictor } from "@tricast/core";
import { bind } from "@tricast/core/adapter";
import { Arrivals } from "@tricast/http/node";
import { createServer, type ServerOptions } from "@tricast/server";
import type { Admission } from "../../src/admission/admission.ts";
import { createCallInterceptor } from "../../src/grpc/call-interceptor.ts";
import { grpcAdapter } from "../../src/grpc/grpc-adapter.ts";
import { GrpcHandler } from "../../src/grpc/grpc-handler.ts";
import { RequestGuard } from "../../src/guard.ts";
import type { Authenticate } from "../../src/security/authenticate.ts";
import { smallAdmission } from "../support/admission.ts";
import { get, until } from "../support/calls.ts";
import { gated } from "../support/gate.ts";
import { CHECK, framed, INFER, openGrpcWire } from "../support/grpc-wire.ts";
import { inferMessage } from "../support/infer-call.ts";

const OK = 0;
const INVALID = 3;
const LATE = 4;
const NOT_FOUND = 5;
const EXHAUSTED = 8;
const UNAUTHENTICATED = 16;
const READY = "/inference.GRPCInferenceService/ModelReady";

const echo = definePredictor({ name: "echo", version: "2", examples: [{ x: 1 }], predict: (input: object) => input });

async function start(t: TestContext, options: ServerOptions = {}, predictor: AnyPredictor = echo) {
  const server = createServer(predictor, { host: "127.0.0.1", port: 0, grpcPort: 0, ...options });
  await server.listen();
  const wire = openGrpcWire(server.grpcPort as number);
  t.after(async () => {
    wire.close();
    await server.stop();
  });
  const counted = async (line: RegExp) =>
    line.test((await get(`http://127.0.0.1:${server.address.port}`, "/metrics")).text);
  return { ...wire, counted };
}

const KEY = { "x-api-key": "k" };
/** `name: "echo"`. */
const NAMED = Buffer.from([0x0a, 4, ...Buffer.from("echo")]);

describe("calls of gRPC before their message", () => {
  it("refuses a caller without credentials before a byte of the message has come", async (t) => {
    const { open, counted } = await start(t, { apiKeys: ["k"] });
    const { status } = open(INFER);
    assert.deepEqual(await status, {
      code: UNAUTHENTICATED,
      details: "Credentials are required; send a key as x-api-key, or as authorization: Bearer",
      ours: "unauthorized",
    });
    await until("it is counted", () =>
      counted(/tricast_requests_total\{operation="grpc-infer",model="",status="401"\} 1/),
    );
    assert.ok(await counted(/tricast_errors_total\{operation="grpc-infer",code="unauthorized"\} 1/));
  });

  it("refuses a caller it has no room for, before a byte of the message has come", async (t) => {
    const gate = gated();
    const { open } = await start(t, { apiKeys: ["k"], maxInFlight: 1, maxQueue: 0 }, gate.predictor);
    const first = open(INFER, KEY);
    first.stream.end(inferMessage("gated", { wait: true }));
    await gate.reached(1);
    assert.equal((await open(INFER, KEY).status).code, EXHAUSTED);
    // Health checks and calls that only read take no place.
    const check = open(CHECK);
    check.stream.end(framed(Buffer.alloc(0)));
    assert.equal((await check.status).code, OK);
    const ready = open(READY, KEY);
    ready.stream.end(framed(Buffer.from([0x0a, 5, ...Buffer.from("gated")])));
    assert.equal((await ready.status).code, OK);
    gate.open();
  });

  it("receives another message when a caller goes away whose message has arrived in part or not at all", async (t) => {
    const { open, counted } = await start(t, { maxConnections: 1 });
    for (const part of [0, 3, 7]) {
      const call = open(INFER);
      if (part > 0) call.stream.write(framed(Buffer.alloc(10)).subarray(0, part));
      await until("it is the only one", async () => (await open(INFER).status).code === EXHAUSTED);
      call.stream.close(8);
      await until("another may arrive", async () => {
        const next = open(INFER);
        next.stream.end(framed(Buffer.alloc(0)));
        return (await next.status).code !== EXHAUSTED;
      });
    }
    assert.ok(await counted(/tricast_errors_total\{operation="grpc-infer",code="request-cancelled"\} 3/));
  });

  it("waits for a message no longer than for a body", async (t) => {
    const { open } = await start(t, { receiveTimeoutMs: 100, maxInFlight: 1, maxQueue: 0 });
    for (const path of [INFER, CHECK]) {
      const { status, stream } = open(path);
      stream.write(framed(Buffer.alloc(10)).subarray(0, 7));
      const { code, details } = await status;
      assert.equal(code, LATE);
      assert.match(details, /did not arrive within 100 ms/);
    }
  });

  it("takes 8 KiB of a health check and of whom asks for a model, and reads no more", async (t) => {
    const { open } = await start(t);
    for (const path of [CHECK, READY, "/inference.GRPCInferenceService/ServerLive"]) {
      const { status, stream } = open(path);
      stream.write(framed(Buffer.alloc(9_000)).subarray(0, 5));
      const { code, details, ours } = await status;
      assert.deepEqual([code, ours], [EXHAUSTED, "body-too-large"]);
      assert.match(details, /The message is 9000 bytes; the limit is 8192/);
    }
  });

  it("inflates a small message, and no more of it than would have been taken", async (t) => {
    const { open } = await start(t);
    const check = (message: Uint8Array) => {
      const { status, stream } = open(CHECK, { "grpc-encoding": "gzip" });
      stream.end(framed(message, true));
      return status;
    };
    assert.equal((await check(gzipSync(Buffer.alloc(0)))).code, OK);
    assert.equal((await check(gzipSync(Buffer.alloc(1_000_000)))).code, EXHAUSTED);
    assert.deepEqual(await check(Buffer.from("nonsense")), {
      code: INVALID,
      details: "The body is not valid gzip: incorrect header check",
      ours: "invalid-body",
    });
  });

  it("refuses a second message, in the same piece or in another", async (t) => {
    const { open } = await start(t);
    for (const path of [INFER, CHECK]) {
      const one = open(path);
      one.stream.end(Buffer.concat([framed(Buffer.alloc(0)), framed(Buffer.alloc(0))]));
      assert.match((await one.status).details, /more than one message/);
      const two = open(path);
      two.stream.write(framed(Buffer.from([0])));
      setTimeout(() => two.stream.end(framed(Buffer.alloc(0))), 50);
      assert.match((await two.status).details, /more than one message/);
    }
  });

  it("takes a message in pieces of any size", async (t) => {
    const { open } = await start(t);
    const message = framed(NAMED);
    for (const size of [1, 4, 5, 6, 100]) {
      const { status, stream } = open(READY);
      for (let at = 0; at < message.length; at += size) {
        stream.write(message.subarray(at, at + size));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      stream.end();
      assert.equal((await status).code, OK, String(size));
    }
  });

  it("lets a connection have as many calls as there is room for, as each takes memory before its message comes", async (t) => {
    for (const [maxInFlight, most] of [
      [1, 128],
      [300, 400],
    ] as const) {
      const { session, open } = await start(t, { maxInFlight, maxQueue: 100 });
      await new Promise((resolve) => session.once("remoteSettings", resolve));
      assert.equal(session.remoteSettings.maxConcurrentStreams, most);
      const { status, stream } = open(CHECK);
      stream.end(framed(Buffer.alloc(0)));
      assert.equal((await status).code, OK);
    }
  });

  interface Listener {
    onReceiveMetadata(metadata: grpc.Metadata): void;
    onCancel(): void;
  }

  interface CallOptions {
    readonly admission?: Admission;
    readonly authenticate?: Authenticate;
  }

  /** One call without a connection. */
  function beginCall({ admission = smallAdmission(), authenticate = () => undefined }: CallOptions, own: object) {
    const statuses: { code: number; metadata?: grpc.Metadata | null }[] = [];
    const ended: (string | undefined)[] = [];
    const passed: unknown[] = [];
    let listener: Listener | undefined;
    const native = {
      ...own,
      start: (given: Listener) => {
        listener = given;
        given.onReceiveMetadata(new grpc.Metadata());
      },
      sendStatus: (status: { code: number }) => statuses.push(status),
      getDeadline: () => Infinity,
    };
    const method = { kind: "infer", operation: "infer", maxMessageBytes: 1, path: "/a/b" };
    const guard = new RequestGuard(admission, authenticate);
    const handler = new GrpcHandler({} as never, guard, [method as never]);
    const adapter = grpcAdapter(grpc, { requestTimeoutMs: 1_000 }, new Arrivals({ most: 1, timeoutMs: 1_000 }));
    const answer = bind(handler, adapter, { recorder: ({ outcome }) => ended.push(outcome.error?.code) });
    const interceptor = createCallInterceptor(grpc, (call) => void answer(call));
    const received = { onReceiveMetadata: (metadata: unknown) => passed.push(metadata), onCancel: () => {} };
    interceptor({ path: "/a/b" } as never, native as never).start(received as never);
    return { statuses, ended, passed, cancel: () => listener?.onCancel() };
  }

  it("serves no call where grpc-js has no decoder to replace, and logs why", async (t) => {
    const logged = t.mock.method(process.stdout, "write", () => true);
    const { statuses, ended, passed } = beginCall({}, {});
    await until("it is recorded", () => ended.length > 0);
    assert.deepEqual(statuses[0]?.metadata?.get("tricast-code"), ["missing-dependency"]);
    assert.deepEqual([ended, passed], [["missing-dependency"], []]);
    const lines = logged.mock.calls.map(({ arguments: [text] }) => String(text));
    assert.equal(lines.filter((line) => line.includes("install version 1.14")).length, 1);
  });

  it("gives no room to a caller that has gone away while its token was checked", async () => {
    const admission = smallAdmission();
    let settle = () => {};
    const checked = new Promise<undefined>((resolve) => {
      settle = () => resolve(undefined);
    });
    const { passed, ended, cancel } = beginCall(
      { admission, authenticate: () => checked },
      { decoder: { write() {} }, incomingEncoding: "identity" },
    );
    cancel();
    settle();
    await until("it is recorded", () => ended.length > 0);
    assert.deepEqual([passed, ended], [[], ["request-cancelled"]]);
    assert.equal(admission.inFlight + admission.queued + admission.bodies.used, 0);
  });

  it("says what is wrong with bytes that are no message", async (t) => {
    const { open } = await start(t);
    const { status, stream } = open(INFER);
    stream.end(framed(Buffer.from([255])));
    assert.deepEqual([(await status).code, (await status).ours], [INVALID, "invalid-body"]);
  });

  it("shortens what it says, as clients take 8 KiB of trailers, and cuts no character in half", async (t) => {
    const { open } = await start(t);
    for (const character of ["x", "😀", "x😀"]) {
      const service = Buffer.from(character.repeat(4_000 / Buffer.byteLength(character)));
      const { status, stream } = open(CHECK);
      stream.end(
        framed(Buffer.concat([Buffer.from([0x0a, 0x80 + (service.length % 128), service.length >> 7]), service])),
      );
      const { code, details } = await status;
      assert.equal(code, NOT_FOUND);
      assert.ok(details.length <= 2_000 && details.endsWith("…"), details.slice(-20));
    }
  });
});
