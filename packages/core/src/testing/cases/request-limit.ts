import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { assertLikeCore } from "../reference.ts";
import { type Instance, type Subject, serve } from "../suite.ts";
import { jsonOf, request, type Send, type WireRequest } from "../wire.ts";
import { DIGEST, digestOf, echo } from "./echo.ts";

const OWN_LIMIT = 2_000;

const bounded = definePredictor({
  name: "bounded",
  limits: { bodyBytes: OWN_LIMIT },
  load: () => ({}),
  predict: (input: Uint8Array) => digestOf(input),
});

export function requestLimit(host: Host): void {
  const own = serve(host, () => ({ predictor: bounded }));

  own("a body of limits.bodyBytes is accepted, and one byte more is a 413 that names the limit", async (instance) => {
    await assertTaken(instance.send, bytesOf(OWN_LIMIT));
    await assertRefused(instance, `the limit is ${OWN_LIMIT} (limits.bodyBytes)`, OWN_LIMIT + 1);
  });

  own("a compressed body counts with its inflated size", async (instance) => {
    const headers: WireRequest["headers"] = [...DIGEST, ["content-encoding", "gzip"]];
    const inflated = (bytes: number) => request({ headers, body: gzipSync(bytesOf(bytes)) });
    const fits = await assertLikeCore(instance, bounded, inflated(OWN_LIMIT), "at the limit");
    assert.deepEqual(jsonOf(fits), digestOf(bytesOf(OWN_LIMIT)));
    const over = await assertLikeCore(instance, bounded, inflated(OWN_LIMIT + 1), "over the limit");
    assert.deepEqual([over.status, jsonOf(over).code], [413, "body-too-large"]);
  });

  const { name, requestBytes } = host.platform;
  const it = serve(host, () => ({ predictor: echo }));
  if (requestBytes === Number.POSITIVE_INFINITY) {
    it("the platform has no limit of its own: a body of the largest size is accepted", ({ send }) =>
      assertTaken(send, bytesOf(host.largestBody)));
  } else {
    it("a body of platform.requestBytes is accepted, and one byte more is a 413 that names it", async (instance) => {
      await assertTaken(instance.send, bytesOf(requestBytes));
      await assertRefused(instance, `the limit is ${requestBytes} (the limit of ${name})`, requestBytes + 1);
    });
  }
}

function bytesOf(size: number): Buffer {
  return Buffer.alloc(size, 0xfe);
}

async function assertTaken(send: Send, body: Buffer): Promise<void> {
  const response = await send(request({ headers: DIGEST, body }));
  assert.equal(response.status, 200, `${body.length} bytes`);
  assert.deepEqual(jsonOf(response), digestOf(body));
}

async function assertRefused({ send }: Instance<Subject>, detail: string, size: number): Promise<void> {
  const response = await send(request({ headers: DIGEST, body: bytesOf(size) }));
  const { code, detail: said } = jsonOf(response);
  assert.deepEqual([response.status, code], [413, "body-too-large"]);
  assert.ok(String(said).includes(detail), String(said));
  // The next request is served, over a connection that may hold the rest of the body.
  await assertTaken(send, bytesOf(1));
}
