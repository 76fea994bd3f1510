import assert from "node:assert/strict";
import { createServer } from "node:http";
import { afterEach, test } from "node:test";
import { listen } from "../../../test/support/stores/listen.ts";
import { askJson, askText } from "../src/token-service.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Answers with each status and text in turn, the last one again and again. */
async function serve(...answers: readonly (readonly [status: number, text: string])[]) {
  let count = 0;
  const server = createServer((_, response) => {
    const [status, text] = answers[Math.min(count++, answers.length - 1)] as readonly [number, string];
    response.writeHead(status, { "retry-after": "7" }).end(text);
  });
  const { port, close } = await listen(server);
  closing.push(close as () => Promise<void>);
  return { url: new URL(`http://127.0.0.1:${port}/token?code=hunter2`), count: () => count };
}

test("a busy service is asked again, and three failures end it with its Retry-After", async () => {
  const recovers = await serve([503, ""], [429, ""], [200, "token"]);
  assert.equal(await askText({ url: recovers.url, advice: "" }), "token");
  const busy = await serve([503, ""]);
  await assert.rejects(askText({ url: busy.url, advice: "" }), {
    code: "endpoint-unreachable",
    retryAfterSeconds: 7,
    message: `GET ${busy.url.origin}/token was answered with 503; try again later`,
  });
  assert.equal(busy.count(), 3);
});

test("a refusal is not repeated, and shows the service's reason and the advice", async () => {
  const { url, count } = await serve([400, '{"error":"invalid_grant","error_description":"Expired."}']);
  await assert.rejects(askText({ url, body: "secret=hunter2", advice: "log in again" }), {
    code: "credentials-missing",
    message: `POST ${url.origin}/token was answered with 400 (invalid_grant: Expired.); log in again`,
  });
  assert.equal(count(), 1);
});

test("an answer that is not JSON, or far too long, is an error that does not quote it", async () => {
  const { url } = await serve([200, "hunter2"]);
  await assert.rejects(askJson({ url, advice: "" }), (error: Error) => !`${error} ${error.cause}`.includes("hunter2"));
  const long = await serve([200, "a".repeat(1024 * 1024 + 1)]);
  await assert.rejects(askText({ url: long.url, advice: "" }), { message: /more than 1048576 bytes/ });
});

test("silence ends after the time that is given", async () => {
  const server = createServer(() => {});
  const { port, close } = await listen(server);
  closing.push(close as () => Promise<void>);
  const asked = askText({ url: new URL(`http://127.0.0.1:${port}/`), timeoutMs: 100, advice: "" });
  await assert.rejects(asked, { code: "endpoint-unreachable" });
});
