import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { call, headOf, LARGE, MB, send, TENSORS, TWICE, times, WITH_KEY } from "./support/attack-requests.ts";
import { Attacked } from "./support/attacked.ts";
import { CHECK, framed, INFER } from "./support/grpc-wire.ts";

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
