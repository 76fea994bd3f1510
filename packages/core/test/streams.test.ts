import assert from "node:assert/strict";
import { test } from "node:test";
import { definePredictor, type PredictContext } from "@tricast/core";
import {
  type Adapter,
  bind,
  createService,
  type InferenceResponse,
  LOCAL,
  type RequestRecord,
} from "@tricast/core/adapter";
import { invocation, jsonOf, request } from "./support/calls.ts";
import { gate, keptAlive, settle } from "./support/gate.ts";

type Chunks = (context: PredictContext<unknown>) => AsyncIterable<unknown>;

function streaming(chunks: Chunks) {
  const disposed: string[] = [];
  const source = {
    uri: "memory",
    load: () => ({}),
    dispose: () => void disposed.push("model"),
  };
  const service = createService(
    definePredictor({
      name: "stream",
      model: source,
      predict: (_input: unknown, context): unknown => {
        context.responseHeaders["content-type"] = "audio/wav";
        return chunks(context);
      },
    }),
  );
  return { service, disposed };
}

async function* three(): AsyncGenerator<Uint8Array> {
  for (const text of ["a", "bc", "d"]) yield Buffer.from(text);
}

const send = (service: ReturnType<typeof streaming>["service"], more: object = {}) =>
  service.handle(request({ body: "1" }), invocation(more));

async function read(response: InferenceResponse): Promise<string> {
  let text = "";
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) text += Buffer.from(chunk).toString();
  return text;
}

test("bytes that predict yields are the body, with the content type that it sets", async () => {
  const { service } = streaming(three);
  const response = await send(service);
  assert.deepEqual([response.status, response.headers["content-type"]], [200, "audio/wav"]);
  assert.equal(await read(response), "abcd");
});

test("the request stays in flight, and its models loaded, until the stream has ended", async () => {
  for (const end of ["read", "return"] as const) {
    const { service, disposed } = streaming(three);
    const response = await send(service);
    const closing = service.close();
    await settle();
    assert.deepEqual(disposed, []);
    if (end === "read") assert.equal(await read(response), "abcd");
    else await (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().return?.();
    await closing;
    assert.deepEqual(disposed, ["model"], end);
  }
});

test("a reader that stops ends the generator", async () => {
  const ended: string[] = [];
  const { service } = streaming(async function* () {
    try {
      for (;;) yield Buffer.from("x");
    } finally {
      ended.push("generator");
    }
  });
  const response = await send(service);
  for await (const _chunk of response.body as AsyncIterable<Uint8Array>) break;
  assert.deepEqual(ended, ["generator"]);
});

test("a deadline and a client that leaves end the stream, also while a chunk is awaited, and abort predict", async () => {
  const ends = { "deadline-exceeded": { deadline: true }, "request-cancelled": { deadline: false } };
  for (const [code, { deadline }] of Object.entries(ends)) {
    const reasons: string[] = [];
    const { service } = streaming(async function* ({ signal }) {
      signal.addEventListener("abort", () => reasons.push(signal.reason.code));
      yield Buffer.from("a");
      await new Promise(() => {});
    });
    await service.start();
    const client = new AbortController();
    const more = deadline ? { deadline: Date.now() + 500 } : { signal: client.signal };
    const response = await send(service, more);
    const reading = keptAlive(() => read(response));
    if (!deadline) setTimeout(() => client.abort(), 20);
    await assert.rejects(reading, { code });
    assert.deepEqual(reasons, [code]);
    await service.close();
  }
});

test("a chunk that is not bytes is invalid-output, and what predict throws has the code it would have anywhere", async () => {
  const wrong = streaming(async function* () {
    yield "text";
  });
  await assert.rejects(read(await send(wrong.service)), { code: "invalid-output" });
});

/** A platform whose result is the response itself. */
function platform(streams: boolean, replyBytes?: number): Adapter<string, undefined, InferenceResponse> {
  return {
    platform: { ...LOCAL, ...(replyBytes !== undefined && { replyBytes }) },
    toPing: () => undefined,
    toInvocation: () => invocation(),
    toRequest: (body) => request({ body }),
    toResult: (response) => response,
    ...(streams && { toStreamedResult: (response) => response }),
    toPong: () => ({ status: 200, headers: {}, body: "" }),
  };
}

test("a host that cannot stream gets the whole body, within its limit", async () => {
  const whole = await bind(streaming(three).service, platform(false))("1", undefined);
  assert.deepEqual(Buffer.from(whole.body as Uint8Array).toString(), "abcd");
  const exact = await bind(streaming(three).service, platform(false, 4))("1", undefined);
  assert.equal(exact.status, 200);
  const { service } = streaming(three);
  const over = await bind(service, platform(false, 3))("1", undefined);
  assert.deepEqual([over.status, jsonOf(over).code], [500, "response-too-large"]);
  await service.close();
});

test("a body in memory over the host's limit is response-too-large", async () => {
  const service = createService(definePredictor({ name: "a", predict: () => "x".repeat(10) }));
  const fits = await bind(service, platform(false, 12))("1", undefined);
  assert.equal(fits.status, 200);
  const over = await bind(service, platform(false, 11))("1", undefined);
  assert.deepEqual(
    [over.status, jsonOf(over).detail?.slice(0, 46)],
    [500, "the response is 12 bytes and the limit is 11; "],
  );
});

test("a stream that fails is logged once, also where the adapter throws its error on", async () => {
  const call = invocation();
  const reading: Adapter<string, undefined, unknown> = {
    ...platform(true),
    toInvocation: () => call,
    toStreamedResult: async ({ body }) => {
      for await (const _chunk of body);
    },
  };
  const chunks: Chunks = async function* () {
    yield Buffer.from("abc");
    throw new Error("broken");
  };
  const result = await bind(streaming(chunks).service, reading)("1", undefined);
  assert.equal((result as InferenceResponse).status, 500);
  assert.deepEqual(
    call.logged.map(({ level }) => level),
    ["error"],
  );
});

test("a stream is recorded once, at its end, with its size and what it failed with", async () => {
  const records: RequestRecord[] = [];
  const recorder = (record: RequestRecord): void => void records.push(record);
  const opened = gate<void>();
  const chunks: Chunks = async function* () {
    yield Buffer.from("abc");
    await opened.promise;
    throw new Error("broken");
  };
  const response = await bind(streaming(chunks).service, platform(true), { recorder })("1", undefined);
  const reading = read(response);
  await settle();
  assert.equal(records.length, 0);
  opened.open();
  await assert.rejects(reading);
  assert.deepEqual(
    records.map(({ status, bytes, outcome }) => [status, bytes, outcome.error?.code]),
    [[200, 3, "predict-failed"]],
  );
  records.length = 0;
  await read(await bind(streaming(three).service, platform(true), { recorder })("1", undefined));
  assert.deepEqual(
    records.map(({ bytes, outcome }) => [bytes, outcome.operation, outcome.error]),
    [[4, "predict", undefined]],
  );
});

test("a stream is only the whole answer to one input: anywhere else it is invalid-output", async () => {
  const { service } = streaming(three);
  const within = streaming(() => ({ audio: three() }) as never);
  const answers = [
    await service.handle(request({ body: '{"instances":[1,2]}' }), invocation()),
    await service.handle(
      request({ headers: { "content-type": "application/x-ndjson" }, body: "1\n2\n" }),
      invocation(),
    ),
    await within.service.handle(request({ body: "1" }), invocation()),
  ];
  assert.deepEqual(
    answers.map((answer) => [answer.status, jsonOf(answer).code]),
    Array(3).fill([500, "invalid-output"]),
  );
  const head = { ...request(), body: undefined };
  for (const call of [{ kind: "one", input: 1 } as const, { kind: "many", inputs: [1], pointer: "" } as const])
    await assert.rejects(service.call(call, head, invocation()), { code: "invalid-output" });
});

test("a stream that fails before its first byte is recorded with the status of its problem, one that is left as cancelled", async () => {
  const records: RequestRecord[] = [];
  const recorder = (record: RequestRecord): void => void records.push(record);
  const failing: Chunks = async function* () {
    yield* [];
    throw new Error("at once");
  };
  await assert.rejects(read(await bind(streaming(failing).service, platform(true), { recorder })("1", undefined)));
  const left = await bind(streaming(three).service, platform(true), { recorder })("1", undefined);
  for await (const _chunk of left.body as AsyncIterable<Uint8Array>) break;
  assert.deepEqual(
    records.map(({ status, bytes, outcome }) => [status, bytes, outcome.error?.code]),
    [
      [500, 0, "predict-failed"],
      [200, 1, "request-cancelled"],
    ],
  );
});
