import assert from "node:assert/strict";
import type { ErrorCode } from "../../errors.ts";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { Random, SEED } from "../random.ts";
import { type Instance, type Subject, serve } from "../suite.ts";
import { assertBytes, headerOf, jsonOf, post, type WireResponse, wireText } from "../wire.ts";
import { assertTooLarge } from "./reply-limit.ts";

type End = "whole" | "throws" | "waits" | "gives text";

interface Order {
  /** Sizes of the chunks, in bytes. */
  readonly chunks: readonly number[];
  readonly end: End;
}

interface Streaming extends Subject {
  /** How many streams have begun, and how many of them ran their `finally`. */
  readonly counts: { begun: number; ended: number };
}

const TIMEOUT_MS = 300;
const SECRET = "the password is hunter2";
const TYPE = "audio/L8; rate=8000";
/** For platforms without a limit, and platforms that stream. */
const LARGE = 8 * 2 ** 20;
const CHUNK = 65_536;

/** Returns a stream of the chunks that its input names. */
function streaming(timeoutMs?: number): Streaming {
  const counts = { begun: 0, ended: 0 };
  async function* stream({ chunks, end }: Order, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    counts.begun++;
    try {
      for (const chunk of chunksOf(chunks)) yield chunk;
      if (end === "throws") throw new Error(SECRET);
      // Also values that the types forbid.
      if (end === "gives text") yield SECRET as unknown as Uint8Array;
      if (end === "waits") await new Promise((_resolve, reject) => signal.addEventListener("abort", reject));
    } finally {
      counts.ended++;
    }
  }
  const predictor = definePredictor({
    name: "streaming",
    limits: timeoutMs === undefined ? {} : { timeoutMs },
    load: () => ({}),
    predict(order: Order, { responseHeaders, signal }) {
      if (order.chunks.length > 1) responseHeaders["content-type"] = TYPE;
      return stream(order, signal);
    },
  });
  return { predictor, counts };
}

/** The same bytes for the same sizes. */
function* chunksOf(sizes: readonly number[]): Generator<Buffer> {
  const random = new Random(SEED);
  for (const size of sizes) yield random.bytes(size);
}

const FORMS: Readonly<Record<string, readonly number[]>> = {
  "no chunk": [],
  "one chunk": [10],
  "an empty chunk between others": [3, 0, 4],
  "chunks of many sizes": [1, 16_384, 2, 40_000, 7],
  "a hundred chunks": Array.from({ length: 100 }, (_, index) => index),
};

export function streams(host: Host): void {
  const it = serve(host, streaming);
  const how = host.streams ? "as it comes" : "collected";

  for (const [what, chunks] of Object.entries(FORMS)) {
    it(`a streamed response of ${what} arrives byte for byte, ${how}`, async ({ send, subject }) => {
      assertWhole(await send(post({ chunks, end: "whole" })), chunks);
      assert.equal(subject.counts.ended, subject.counts.begun);
    });
  }

  it("parallel streamed responses do not mix", async ({ send }) => {
    const all = Array.from({ length: 10 }, (_, index) => [index + 1, 1_000 * index, 5]);
    const answers = await Promise.all(all.map((chunks) => send(post({ chunks, end: "whole" }))));
    for (const [index, answer] of answers.entries()) assertWhole(answer, all[index] ?? []);
  });

  largeStreams(host, it);

  for (const chunks of [[], [5, 6, 7]]) {
    const when = chunks.length === 0 ? "before its first chunk" : "after some chunks";
    it(`a stream that fails ${when} never looks like a whole response, and the next request is served`, (instance) =>
      assertBreaks(instance, { chunks, end: "throws" }, "predict-failed"));
  }

  it("a stream that yields anything except bytes is invalid-output", (instance) =>
    assertBreaks(instance, { chunks: [5], end: "gives text" }, "invalid-output"));

  const timed = serve(host, () => streaming(TIMEOUT_MS));
  timed("limits.timeoutMs ends a stream too, and its signal aborts", (instance) =>
    assertBreaks(instance, { chunks: [5], end: "waits" }, "deadline-exceeded"),
  );
}

function largeStreams({ platform, streams }: Host, it: ReturnType<typeof serve<Streaming>>): void {
  const { replyBytes } = platform;
  const isLimited = replyBytes < Number.POSITIVE_INFINITY;
  const chunks = Array.from({ length: Math.floor((isLimited ? replyBytes : LARGE) / CHUNK) + 1 }, () => CHUNK);

  if (isLimited && !streams) {
    it("a streamed response over platform.replyBytes is response-too-large, and its stream is ended", async (instance) => {
      const { subject, send } = instance;
      assertTooLarge(await send(post({ chunks, end: "whole" })), replyBytes);
      assert.equal(subject.counts.ended, subject.counts.begun);
      await assertServes(instance);
    });
    return;
  }
  const over = isLimited ? "over platform.replyBytes, which limits whole responses only," : "of 8 MB";
  it(`a streamed response ${over} arrives whole`, async ({ send }) => {
    assertWhole(await send(post({ chunks, end: "whole" })), chunks);
  });
}

function assertWhole(response: WireResponse, chunks: readonly number[]): void {
  assert.equal(response.status, 200);
  const type = chunks.length > 1 ? TYPE : "application/octet-stream";
  assert.equal(headerOf(response, "content-type"), type);
  assertBytes(response.body, Buffer.concat([...chunksOf(chunks)]));
}

/**
 * A host that collects the stream sends the problem. A host that streams has already sent a success status, so the client
 * must see the connection break. If it has not sent anything yet, it may also send the problem.
 */
async function assertBreaks(instance: Instance<Streaming>, order: Order, code: ErrorCode): Promise<void> {
  const { send, host, subject } = instance;
  const response = await send(post(order)).catch((error: unknown) => {
    if (!host.streams) throw error;
  });
  if (response !== undefined) {
    assert.ok(response.status >= 500, `status ${response.status} for a stream that broke off`);
    assert.equal(jsonOf(response).code, code);
    assert.doesNotMatch(wireText(response), /hunter2/);
  }
  assert.equal(subject.counts.ended, subject.counts.begun);
  await assertServes(instance);
}

async function assertServes({ send }: Instance<Streaming>): Promise<void> {
  assertWhole(await send(post({ chunks: [2, 3], end: "whole" })), [2, 3]);
}
