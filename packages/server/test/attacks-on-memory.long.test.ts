import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, beforeEach, describe, it } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { LARGE_BODY_BYTES as BODY, DENSE_BODIES, repeated } from "../../../test/support/dense-bodies.ts";
import { call, headOf, MB, send, times, WITH_KEY } from "./support/attack-requests.ts";
import { Attacked } from "./support/attacked.ts";
import { CHECK, framed, INFER, openGrpcWire } from "./support/grpc-wire.ts";

describe("a server of 512 MB under attack on its memory", () => {
  let server: Attacked;
  beforeEach(async () => {
    if (server?.hasEnded !== false) server = await Attacked.start();
  });
  after(() => server.end());

  const post = (path: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: "POST",
      body: body as Uint8Array<ArrayBuffer>,
      headers: { ...WITH_KEY, "content-type": "application/json", ...headers },
    }).then(async (response) => {
      await response.arrayBuffer();
      return response.status;
    });

  for (const [title, make] of Object.entries(DENSE_BODIES)) {
    it(`survives ${title}, compressed, on every route that reads JSON`, () =>
      server.survives(async () => {
        const body = gzipSync(make());
        const paths = [
          "/predict",
          "/v2/models/sum/infer",
          "/v1/models/sum:predict",
          "/v2/repository/index",
          "/invocations",
        ];
        const statuses = await times(10, (index) => post(paths[index % 5]!, body, { "content-encoding": "gzip" }));
        for (const [index, status] of statuses.entries()) {
          const path = paths[index % 5]!;
          // The index of models takes an empty body, and an object with other members.
          const allowed = path === "/v2/repository/index" ? [200, 400, 413, 429] : [400, 413, 422, 429];
          assert.ok(allowed.includes(status), `${path}: ${status}`);
        }
      }));
  }

  it("survives cells, rows and lines of 33 MB", () =>
    server.survives(async () => {
      for (const [type, piece] of [
        ["text/csv", ","],
        ["text/csv", "1,2\n"],
        ["text/csv", '"",'],
        ["text/csv", "9"],
        ["text/csv", "0.0"],
        ["text/csv;header=present", "a,"],
        ["application/x-ndjson", "1\n"],
        ["application/x-ndjson", `[${"{},".repeat(1_000)}0]\n`],
      ] as const) {
        const body = gzipSync(repeated("", piece, ""));
        for (const status of await times(4, () =>
          post("/predict", body, { "content-type": type, "content-encoding": "gzip" }),
        ))
          assert.ok([400, 413, 422, 429].includes(status), `${type} ${piece.slice(0, 5)}: ${status}`);
      }
    }));

  it("survives 384 bodies of 32 MB that all arrive at a time", () =>
    server.survives(async () => {
      const head = headOf("POST", "/predict", "x-api-key: k", `content-length: ${BODY}`);
      const piece = Buffer.alloc(MB, 32);
      const statuses = await times(384, async () => (await send(server.port, head, Array(33).fill(piece))).status);
      // A client whose connection ends while it still sends may lose the response.
      for (const status of statuses) assert.ok([400, 429, 0].includes(status), String(status));
      assert.ok(statuses.includes(429));
    }));

  it("survives bodies that declare 33 MB and bring half of it", () =>
    server.survives(async () => {
      const head = headOf("POST", "/predict", "x-api-key: k", `content-length: ${BODY}`);
      const sockets = Array.from({ length: 40 }, () => {
        const socket = connect(server.port, "127.0.0.1").on("error", () => {});
        socket.write(head);
        socket.write(Buffer.alloc(16 * MB, 32));
        return socket;
      });
      await Promise.all(sockets.map(answered));
      for (const socket of sockets) socket.destroy();
    }));

  it("survives 30 bodies at a time that need the largest window, and bodies of five encodings", () =>
    server.survives(async () => {
      const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 5 };
      const brotli = brotliCompressSync(Buffer.alloc(30 * MB, 32), { params });
      const statuses = await times(30, () => post("/predict", brotli, { "content-encoding": "br" }));
      for (const status of statuses) assert.ok([400, 429].includes(status), String(status));
      let layered: Uint8Array = Buffer.alloc(30 * MB, 32);
      for (let layer = 0; layer < 5; layer++) layered = gzipSync(layered, { level: layer === 4 ? 9 : 0 });
      const encoded = { "content-encoding": Array(5).fill("gzip").join(", ") };
      for (const status of await times(8, () => post("/predict", layered, encoded)))
        assert.ok([400, 413, 429].includes(status), String(status));
    }));

  it("survives 100 connections that each pipeline thousands of requests", () =>
    server.survives(async () => {
      const request = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
      const posts = `POST /predict HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\ncontent-length: 2\r\n\r\n{}`;
      const sockets = Array.from({ length: 100 }, (_, index) => {
        const socket = connect(server.port, "127.0.0.1").on("error", () => {});
        // The answers are not read.
        socket.pause();
        socket.write((index % 2 === 0 ? request : posts).repeat(5_000));
        return socket;
      });
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      for (const socket of sockets) socket.destroy();
    }));

  it("survives 600 connections to a route that reads no body, with bodies that do not end", () =>
    server.survives(async () => {
      const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, 32), Buffer.from("\r\n")]);
      const head = headOf("GET", "/metadata", "x-api-key: k", "transfer-encoding: chunked");
      const statuses = await times(600, async () => (await send(server.port, head, Array(16).fill(chunk))).status);
      assert.deepEqual(new Set(statuses), new Set([200]));
    }));

  it("survives 4,000 connections that send nothing, or half a head", () =>
    server.survives(async () => {
      const sockets = Array.from({ length: 4_000 }, (_, index) => {
        const socket = connect(server.port, "127.0.0.1").on("error", () => {});
        if (index % 2 === 0) socket.write("POST /predict HTTP/1.1\r\nx-api-key: k\r\nx: ".padEnd(8_000, "x"));
        return socket;
      });
      await Promise.all(
        sockets.map((socket) => new Promise((resolve) => socket.once("connect", resolve).once("close", resolve))),
      );
      for (const socket of sockets) socket.destroy();
    }));

  it("survives compressed messages of 33 MB over gRPC, and streams that bring nothing", () =>
    server.survives(async () => {
      const message = framed(gzipSync(Buffer.alloc(33 * MB)), true);
      const headers = { ...WITH_KEY, "grpc-encoding": "gzip" };
      for (const code of await times(200, () => call(server.grpcPort, INFER, message, headers)))
        assert.ok([3, 8].includes(code), String(code));
      const wires = Array.from({ length: 40 }, () => openGrpcWire(server.grpcPort));
      const codes: number[] = [];
      for (const wire of wires)
        for (let stream = 0; stream < 100; stream++) {
          const { status } = wire.open(stream % 2 === 0 ? INFER : CHECK, WITH_KEY);
          void status.then(({ code }) => codes.push(code));
        }
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      for (const wire of wires) wire.close();
    }));

  it("serves real predictions while 400 bodies bring nothing, and refuses these after a few seconds", () =>
    server.survives(async () => {
      const idle = Array.from({ length: 400 }, () => {
        const socket = connect(server.port, "127.0.0.1").on("error", () => {});
        socket.write(headOf("POST", "/predict", "x-api-key: k", "content-length: 100"));
        socket.write("{");
        return socket;
      });
      const all = Promise.all(idle.map(answered));
      const real = Buffer.from(JSON.stringify({ features: [1, 2, 3, 4] }));
      for (let count = 0; count < 20; count++) assert.equal(await post("/predict", real), 200);
      for (const text of await all) assert.match(text, /^HTTP\/1.1 408 /);
      for (const socket of idle) socket.destroy();
    }));
});

/** Resolves with the first bytes that arrive, or with none when the connection closes. */
function answered(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", (data) => resolve(data.toString("latin1"))).once("close", () => resolve(""));
  });
}
