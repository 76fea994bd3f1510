import assert from "node:assert/strict";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { serve } from "../suite.ts";
import { get, headerOf, jsonOf, post, textOf, type WireResponse } from "../wire.ts";

interface Wanted {
  readonly unit: string;
  readonly count: number;
  readonly as: "text" | "bytes";
}

const long = definePredictor({
  name: "long",
  load: () => ({}),
  predict: ({ unit, count, as }: Wanted) => (as === "text" ? unit.repeat(count) : Buffer.alloc(count, 0xff)),
});

/** On a platform without a limit, a response above the limit of most platforms must arrive. */
const WITHOUT_LIMIT = 8 * 2 ** 20;
const QUOTES = 2;

export function replyLimit(host: Host): void {
  const it = serve(host, () => ({ predictor: long }));
  const { replyBytes } = host.platform;
  const isLimited = replyBytes < Number.POSITIVE_INFINITY;
  const limit = isLimited ? replyBytes : WITHOUT_LIMIT;
  const { perByte, envelopeBytes } = host.differences.replySize?.expect ?? { perByte: 1, envelopeBytes: 0 };

  /** Over the limit: a coded error. Without a limit: the whole response. */
  function assertOver(response: WireResponse, bytes: number): void {
    if (isLimited) assertTooLarge(response, limit);
    else assert.deepEqual([response.status, response.body.byteLength], [200, bytes]);
  }

  it("text up to the platform's limit is sent, and above it is a coded error", async ({ send }) => {
    const count = limit - envelopeBytes - QUOTES;
    const sent = await send(post({ unit: "a", count, as: "text" }));
    assert.deepEqual([sent.status, sent.body.byteLength], [200, count + QUOTES]);
    const above = limit - QUOTES + 1;
    assertOver(await send(post({ unit: "a", count: above, as: "text" })), above + QUOTES);
  });

  it("bytes count as the platform carries them", async ({ send }) => {
    const count = Math.floor(limit / perByte) + 1;
    assertOver(await send(post({ unit: "", count, as: "bytes" })), count);
  });

  it("characters that grow when they are escaped count in full", async ({ send }) => {
    const count = Math.ceil(limit / 6);
    assertOver(await send(post({ unit: "\u0001", count, as: "text" })), 6 * count + QUOTES);
  });

  it("characters of several bytes count in full, and a response that is too large does not affect the next", async ({
    send,
  }) => {
    const count = Math.ceil(limit / 16);
    const instances = Array.from({ length: 9 }, () => ({ unit: "é", count, as: "text" }));
    const bytes = '{"predictions":[]}'.length + 9 * (2 * count + QUOTES) + 8;
    assertOver(await send(post({ instances })), bytes);
    assert.equal(textOf(await send(post({ unit: "b", count: 3, as: "text" }))), '"bbb"');
    assert.equal((await send(get("/health"))).status, 200);
  });
}

/** Asserts the problem for a response that is larger than the platform sends. */
export function assertTooLarge(response: WireResponse, limit: number): void {
  assert.deepEqual([response.status, jsonOf(response).code], [500, "response-too-large"]);
  assert.equal(headerOf(response, "content-type"), "application/problem+json");
  assert.match(
    String(jsonOf(response).detail),
    new RegExp(`the response is (more than )?\\d+ bytes and the limit is ${limit}`),
  );
}
