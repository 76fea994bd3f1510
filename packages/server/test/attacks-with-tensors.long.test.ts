import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { call, MB, times, WITH_KEY } from "./support/attack-requests.ts";
import { Attacked } from "./support/attacked.ts";
import { framed, INFER } from "./support/grpc-wire.ts";

/** A predictor with code takes tensors as lists, and an element of one byte takes 20 bytes in a list. */
describe("a server of 512 MB under attack with tensors", () => {
  let server: Attacked;
  beforeEach(async () => {
    if (server?.hasEnded !== false) server = await Attacked.start();
  });
  after(() => server.end());

  for (const [datatype, bytesEach] of [
    ["UINT8", 1],
    ["BOOL", 1],
    ["FP16", 2],
    ["FP32", 4],
    ["INT64", 8],
    ["FP64", 8],
  ] as const) {
    for (const shape of [
      ["one row", (count: number) => [1, count]],
      ["rows of one element", (count: number) => [1, count, 1]],
    ] as const) {
      it(`survives 32 MB of ${datatype} in ${shape[0]}, as bytes`, () =>
        server.survives(async () => {
          const count = (32 * MB) / bytesEach;
          const input = { name: "features", datatype, shape: shape[1](count) };
          const json = JSON.stringify({ inputs: [{ ...input, parameters: { binary_data_size: 32 * MB } }] });
          const body = gzipSync(Buffer.concat([Buffer.from(json), Buffer.alloc(32 * MB)]));
          const statuses = await times(4, () =>
            fetch(`http://127.0.0.1:${server.port}/v2/models/sum/infer`, {
              method: "POST",
              body,
              headers: {
                ...WITH_KEY,
                "content-encoding": "gzip",
                "inference-header-content-length": String(json.length),
              },
            }).then(async (response) => {
              await response.arrayBuffer();
              return response.status;
            }),
          );
          for (const status of statuses) assert.ok([400, 413, 429].includes(status), String(status));
        }));
    }
  }

  it("survives typed contents over gRPC that take eight times their bytes", () =>
    server.survives(async () => {
      const count = 16 * MB;
      const shape = bytesField(3, Buffer.concat([varint(1), varint(count)]));
      const contents = bytesField(5, bytesField(3, Buffer.alloc(count)));
      const texts = [bytesField(1, Buffer.from("features")), bytesField(2, Buffer.from("INT64"))];
      const input = bytesField(5, Buffer.concat([...texts, shape, contents]));
      const message = framed(gzipSync(Buffer.concat([bytesField(1, Buffer.from("sum")), input])), true);
      const headers = { ...WITH_KEY, "grpc-encoding": "gzip" };
      for (const code of await times(6, () => call(server.grpcPort, INFER, message, headers)))
        assert.ok([3, 8].includes(code), String(code));
    }));
});

/** protobuf.dev/programming-guides/encoding. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

function bytesField(id: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(id * 8 + 2), varint(bytes.length), bytes]);
}
