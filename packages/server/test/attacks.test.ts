import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { Attacked } from "./support/attacked.ts";
import { CHECK, framed, INFER, openGrpcWire } from "./support/grpc-wire.ts";

const MB = 1_000_000;
/** The largest body that is taken, and what is left of it when it is compressed twice. */
const LARGE = Buffer.alloc(33 * MB, 32);
const TWICE = gzipSync(gzipSync(LARGE));
const FEATURES = Buffer.from(`{"features":[${'"",'.repeat(1_333_333)}""]}`);
/** 4,000,000 empty InferTensors. */
const TENSORS = Buffer.alloc(8 * MB, Buffer.from([0x2a, 0]));
const WITH_KEY = { "x-api-key": "k" };

interface Sent {
  readonly status: number;
  readonly text: string;
}

/** Sends bytes, and takes what comes until the answer is there, or the other side has closed. */
function send(port: number, head: string, body: readonly Uint8Array[]): Promise<Sent> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, "127.0.0.1");
    let text = "";
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text });
    };
    const timer = setTimeout(finish, 20_000);
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      text += chunk;
      if (/\r\n\r\n/.test(text) && !/connection: close/i.test(text)) finish();
    });
    socket.on("error", () => {}).once("close", finish);
    socket.write(head);
    for (const piece of body) socket.write(piece);
  });
}

const headOf = (method: string, path: string, ...lines: readonly string[]) =>
  `${[`${method} ${path} HTTP/1.1`, "host: x", "content-type: application/json", ...lines].join("\r\n")}\r\n\r\n`;
const times = <T>(count: number, make: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

/** Sends one message in one call, and resolves with its status. */
async function call(
  port: number,
  path: string,
  message: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const wire = openGrpcWire(port);
  const { stream, status } = wire.open(path, headers);
  stream.end(message);
  const { code } = await status;
  wire.close();
  return code;
}

describe("a server of 512 MB under attack", () => {
  let server: Attacked;
  beforeEach(async () => {
    if (server?.hasEnded !== false) server = await Attacked.start();
  });
  after(() => server.end());

  const preflight = ["origin: https://a.example", "access-control-request-method: POST"];

  it("survives 40 OPTIONS whose body inflates to 33 MB, by way of a preflight and not", () =>
    server.survives(async () => {
      for (const lines of [[], preflight]) {
        const head = headOf(
          "OPTIONS",
          "/predict",
          ...lines,
          "content-encoding: gzip, gzip",
          `content-length: ${TWICE.length}`,
        );
        const answers = await times(40, () => send(server.port, head, [TWICE]));
        assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([lines.length === 0 ? 401 : 204]));
      }
    }));

  it("survives 60 OPTIONS with a body of 33 MB", () =>
    server.survives(async () => {
      const head = headOf("OPTIONS", "/predict", ...preflight, `content-length: ${LARGE.length}`);
      const answers = await times(60, () => send(server.port, head, [LARGE]));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]));
    }));

  it("survives 80 connections with a body that has no end, and that nobody reads", () =>
    server.survives(async () => {
      const chunk = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(0x100000, 32), Buffer.from("\r\n")]);
      const sent: readonly (readonly [head: string, status: number])[] = [
        [headOf("GET", "/metadata", "x-api-key: k", "transfer-encoding: chunked"), 200],
        [headOf("GET", "/health", "transfer-encoding: chunked"), 200],
        [headOf("POST", "/predict", "transfer-encoding: chunked"), 401],
        [headOf("DELETE", "/live", "transfer-encoding: chunked"), 405],
      ];
      await times(80, async (index) => {
        const [head, status] = sent[index % 2 === 0 ? 0 : index % sent.length]!;
        assert.equal((await send(server.port, head, Array(16).fill(chunk))).status, status, head);
      });
    }));

  it("survives a body of 2 MB in pieces of one byte", () =>
    server.survives(async () => {
      const head = headOf("POST", "/predict", "x-api-key: k", "transfer-encoding: chunked");
      const pieces = Buffer.alloc(6 * 2 * MB, Buffer.from("1\r\n \r\n"));
      assert.equal((await send(server.port, head, [pieces, Buffer.from("0\r\n\r\n")])).status, 400);
    }));

  for (const [title, message, encoding] of [
    ["plain", framed(TENSORS), {}],
    ["gzip", framed(gzipSync(TENSORS), true), { "grpc-encoding": "gzip" }],
  ] as const) {
    it(`survives 4,000,000 empty tensors in one message, ${title}, without a key and with one`, () =>
      server.survives(async () => {
        assert.deepEqual(await times(8, () => call(server.grpcPort, INFER, message, encoding)), Array(8).fill(16));
        const headers = { ...encoding, ...WITH_KEY };
        assert.deepEqual(await times(4, () => call(server.grpcPort, INFER, message, headers)), Array(4).fill(3));
      }));
  }

  it("survives gRPC health checks of 33 MB, which need no key", () =>
    server.survives(async () => {
      const large = framed(LARGE.subarray(0, 32 * MB));
      for (const code of await times(30, () => call(server.grpcPort, CHECK, large))) assert.equal(code, 8);
      const small = framed(gzipSync(LARGE).subarray(0, 8_000), true);
      await times(30, () => call(server.grpcPort, CHECK, small, { "grpc-encoding": "gzip" }));
    }));

  it("survives 200 health checks that each hold thousands of tiny compressed messages", () =>
    server.survives(async () => {
      const many = Buffer.alloc(65_000, framed(gzipSync(Buffer.alloc(1)), true));
      await times(200, () => call(server.grpcPort, CHECK, many, { "grpc-encoding": "gzip" }));
      await times(4, () => call(server.grpcPort, INFER, many, { "grpc-encoding": "gzip", ...WITH_KEY }));
    }));

  it("survives a list of bad elements of 4 MB, compressed and not", () =>
    server.survives(async () => {
      for (const [body, encoding] of [
        [gzipSync(FEATURES), "gzip"],
        [FEATURES, "identity"],
      ] as const) {
        const answers = await times(4, () =>
          fetch(`http://127.0.0.1:${server.port}/predict`, {
            method: "POST",
            body,
            headers: { ...WITH_KEY, "content-type": "application/json", "content-encoding": encoding },
          }).then(async (response) => [
            response.status,
            ((await response.json()) as { errors: unknown[] }).errors.length,
          ]),
        );
        assert.deepEqual(answers, Array(4).fill([422, 100]));
      }
    }));

  it("survives 10,000 instances with bad elements", () =>
    server.survives(async () => {
      const instances = Array.from({ length: 10_000 }, () => ({ features: Array(300).fill("") }));
      const response = await fetch(`http://127.0.0.1:${server.port}/predict`, {
        method: "POST",
        body: gzipSync(JSON.stringify({ instances })),
        headers: { ...WITH_KEY, "content-type": "application/json", "content-encoding": "gzip" },
      });
      assert.equal(response.status, 422);
      assert.equal(((await response.json()) as { errors: unknown[] }).errors.length, 100);
    }));
});
