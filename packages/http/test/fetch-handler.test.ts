import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { definePredictor } from "@tricast/core";
import { fetchHandler } from "@tricast/http";
import { build } from "esbuild";
import { logged } from "../../../test/contract/support/quiet.ts";
import { until } from "../../../test/e2e/support/until.ts";
import { echo, endless, waiting } from "./support/predictors.ts";

function request(body: string | ReadableStream | null, init: RequestInit = {}): Request {
  const headers = { "content-type": "application/octet-stream", ...init.headers };
  return new Request("http://localhost/predict", {
    method: "POST",
    body,
    duplex: "half",
    ...init,
    headers,
  } as RequestInit);
}

async function codeOf(response: Response): Promise<[number, unknown]> {
  return [response.status, ((await response.json()) as { code?: string }).code];
}

describe("a streamed answer", () => {
  it("is made as it is read, and ends where its reader cancels", async () => {
    const { predictor, counts } = endless();
    const response = await fetchHandler(predictor)(request("1"));
    assert.equal(counts.made, 1, "the first chunk decides the status");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let chunk = 1; chunk <= 3; chunk++) {
      assert.equal((await reader.read()).value?.[0], chunk);
      assert.ok(counts.made <= chunk + 1, `${counts.made} chunks for ${chunk} that were read`);
    }
    await reader.cancel();
    assert.equal(counts.ended, 1);
  });

  it("ends where the client goes away", async () => {
    const { predictor, counts } = endless();
    const client = new AbortController();
    const response = await fetchHandler(predictor)(request("1", { signal: client.signal }));
    client.abort();
    await assert.rejects(response.arrayBuffer(), { code: "request-cancelled" });
    await until("the end of the stream", () => counts.ended === 1);
  });

  it("is not begun for HEAD, whose stream ends at once", async () => {
    const { predictor, counts } = endless();
    const response = await fetchHandler(predictor)(request(null, { method: "HEAD" }));
    assert.deepEqual([response.status, response.body, counts.made], [405, null, 0]);
  });
});

describe("a request", () => {
  it("whose client goes away aborts its prediction", async () => {
    const { predictor, begun, aborted } = waiting();
    const client = new AbortController();
    const response = fetchHandler(predictor)(request("1", { signal: client.signal }));
    await begun;
    client.abort();
    assert.equal(((await aborted) as { code?: string }).code, "request-cancelled");
    assert.deepEqual(await codeOf(await response), [499, "request-cancelled"]);
  });

  it("whose body breaks off is cancelled, and nothing of it is predicted", async () => {
    const { predictor, counts } = echo();
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from("half")),
      pull: (controller) => controller.error(new Error("reset")),
    });
    assert.deepEqual(await codeOf(await fetchHandler(predictor)(request(broken))), [499, "request-cancelled"]);
    assert.equal(counts.predicted, 0);
  });

  it("that announces a body over the limit is refused before it is read", async () => {
    const { predictor } = echo();
    let pulled = 0;
    const body = new ReadableStream({ pull: () => void pulled++ }, { highWaterMark: 0 });
    const response = await fetchHandler(predictor)(request(body, { headers: { "content-length": "100001" } }));
    assert.deepEqual(await codeOf(response), [413, "body-too-large"]);
    assert.equal(pulled, 0);
  });

  it("that sends more than the limit is refused and cancelled before its end", async () => {
    const { predictor } = echo();
    let cancelled = false;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(30_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    assert.deepEqual(await codeOf(await fetchHandler(predictor)(request(body))), [413, "body-too-large"]);
    assert.ok(cancelled);
  });

  it("whose body other code has read, or is reading, is a 500 whose log names the fix", async () => {
    const handle = fetchHandler(echo().predictor);
    const used = request("a");
    await used.text();
    const locked = request("a");
    locked.body?.getReader();
    for (const one of [used, locked]) assert.deepEqual(await codeOf(await handle(one)), [500, "internal"]);
    assert.ok(logged.some((line) => line.includes("let the other code read request.clone()")));
    const copied = request("a");
    await copied.clone().text();
    assert.equal((await handle(copied)).status, 200);
  });

  it("of one byte in each chunk arrives whole", async () => {
    const bytes = Array.from({ length: 70_000 }, (_, index) => index & 255);
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const response = await fetchHandler(echo().predictor)(request(body));
    assert.deepEqual(await response.json(), { input: bytes });
  });

  it("is what predict finds as invocation.native, with the platform's name", async () => {
    const teller = definePredictor({
      name: "teller",
      load: () => ({}),
      predict: (_input: unknown, { invocation }) => [invocation.native instanceof Request, invocation.platform],
    });
    assert.deepEqual(await (await fetchHandler(teller)(request("1"))).json(), [true, "own-server"]);
  });
});

it("fetchHandler imports nothing of Node", async () => {
  const { metafile } = await build({
    stdin: { contents: 'export { fetchHandler } from "@tricast/http";', resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    conditions: ["@tricast/source"],
  });
  const [output] = Object.values(metafile.outputs);
  assert.deepEqual(output?.imports, []);
  assert.ok((output?.bytes ?? 0) > 10_000);
});
