import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { afterEach, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { startHttpsServer } from "../../../../../test/support/stores/https-server.ts";
import { listen } from "../../../../../test/support/stores/listen.ts";
import { readText } from "../../../src/drivers/http/body.ts";
import { createHttpClient } from "../../../src/drivers/http/client.ts";
import type { HttpBody } from "../../../src/drivers/http/http-types.ts";
import { rejects } from "../test-driver.ts";

type Answer = (socket: Socket, request: string) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that knows nothing of HTTP: what it writes is up to the test. */
async function serve(answer: Answer): Promise<{ readonly url: URL; readonly connections: () => number }> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {}).on("data", (bytes) => answer(socket, bytes.toString("latin1")));
  });
  const { port } = await listen(server as never as Parameters<typeof listen>[0]);
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { url: new URL(`http://127.0.0.1:${port}/file`), connections: () => connections };
}

/** A consumer that lets more arrive while it looks at each piece, and finds it as it was. */
async function readSlowly(body: HttpBody): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) {
    const before = Buffer.from(piece);
    await turn();
    await turn();
    assert.ok(before.equals(piece), "a piece was overwritten while it was used");
    pieces.push(before);
  }
  return Buffer.concat(pieces);
}

const plain = (body: Uint8Array | string, ...headers: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(["HTTP/1.1 200 OK", `Content-Length: ${body.length}`, ...headers, "", ""].join("\r\n")),
    Buffer.from(body as string),
  ]);

test("a reply arrives whole, however the network cuts it", async () => {
  const bytes = randomBytes(5_000);
  const cuts = fc.array(fc.integer({ min: 1, max: 5_050 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const reply = plain(bytes);
      const { url } = await serve(async (socket) => {
        let from = 0;
        for (const place of [...places.sort((a, b) => a - b), reply.length]) {
          socket.write(reply.subarray(from, place));
          from = place;
          await turn();
        }
      });
      const { body } = await createHttpClient().get({ url, headers: {} });
      assert.ok(bytes.equals(await readSlowly(body)));
    }),
    { numRuns: 20 },
  );
});

for (const scheme of ["http", "https"] as const) {
  test(`more than all buffers hold waits for a slow reader, over ${scheme}`, async () => {
    const bytes = randomBytes(9_000_000);
    let url: URL;
    let ca: string | undefined;
    if (scheme === "https") {
      const server = await startHttpsServer();
      closing.push(() => void server.close());
      server.files.set("/file", bytes);
      url = new URL(`${server.address}/file`);
      ca = server.options.ca;
    } else {
      const server = createHttpServer((_, response) => response.setHeader("content-length", bytes.length).end(bytes));
      const { port, close } = await listen(server);
      closing.push(() => void close());
      // Of the host's two addresses one does not answer.
      url = new URL(`http://localhost:${port}/file`);
    }
    const { status, body } = await createHttpClient({ ca }).get({ url, headers: {} });
    assert.equal(status, 200);
    assert.ok(bytes.equals(await readSlowly(body)));
  });
}

test("a certificate nobody vouches for is an error that says so", async () => {
  const server = await startHttpsServer();
  closing.push(() => void server.close());
  const asked = createHttpClient().get({ url: new URL(`${server.address}/file`), headers: {} });
  await rejects(asked, "store-unavailable", /NODE_EXTRA_CA_CERTS/);
});

test("a connection is used again once its body is read, unless the server says otherwise", async () => {
  for (const [headers, expected] of [
    [[], 1],
    [["Connection: close"], 3],
  ] as const) {
    const { url, connections } = await serve((socket) => socket.write(plain("abc", ...headers)));
    const client = createHttpClient();
    for (let n = 0; n < 3; n++) {
      const { body } = await client.get({ url, headers: {} });
      assert.equal((await readSlowly(body)).toString(), "abc");
    }
    assert.equal(connections(), expected);
  }
});

test("a connection whose server sends more than it announced is not used again", async () => {
  const { url, connections } = await serve((socket) =>
    socket.write(Buffer.concat([plain("abc"), Buffer.from("HTTP/1.1 200 OK\r\n")])),
  );
  const client = createHttpClient();
  for (let n = 0; n < 2; n++) {
    const { body } = await client.get({ url, headers: {} });
    assert.equal((await readSlowly(body)).toString(), "abc");
  }
  assert.equal(connections(), 2);
});

test("what is not plain is read by Node: chunks, interim replies, bodies that end with the connection", async () => {
  const chunked = "Transfer-Encoding: chunked\r\n\r\n4\r\nSlow\r\n5\r\nDown!\r\n0\r\n\r\n";
  for (const [reply, status, text] of [
    [`HTTP/1.1 503 Slow Down\r\n${chunked}`, 503, "SlowDown!"],
    [`HTTP/1.1 200 OK\r\n${chunked}`, 200, "SlowDown!"],
    [`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${plain("abc")}`, 200, "abc"],
    ["HTTP/1.0 200 OK\r\n\r\nold", 200, "old"],
    ["HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", 404, "none"],
  ] as const) {
    const { url } = await serve((socket) => socket.end(reply));
    const answer = await createHttpClient().get({ url, headers: {} });
    assert.equal(answer.status, status);
    assert.equal(await readText(answer, "GET"), text);
  }
});

test("nonsense, silence and an early end are all store-unavailable", async () => {
  for (const [answer, words] of [
    [(socket: Socket) => socket.end("SSH-2.0-OpenSSH\r\n\r\n"), /no reply/],
    [(socket: Socket) => socket.end(), /closed/],
    [(socket: Socket) => socket.end(Buffer.alloc(100_000, "a")), /no reply/],
    [(socket: Socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), /no reply/],
    [() => {}, /no data for 200 ms/],
  ] as const) {
    const { url } = await serve(answer);
    await rejects(createHttpClient({ timeoutMs: 200 }).get({ url, headers: {} }), "store-unavailable", words);
  }
  const { url } = await serve((socket) => socket.end(plain("0123456789").subarray(0, -4)));
  const { body } = await createHttpClient().get({ url, headers: {} });
  await assert.rejects(readSlowly(body), /closed/);
});

test("an abort ends the request and the body with the signal's own reason", async () => {
  const reason = new Error("enough");
  const before = new AbortController();
  before.abort(reason);
  const { url } = await serve((socket) => socket.write(plain("0123456789").subarray(0, -4)));
  const get = (signal: AbortSignal) => createHttpClient().get({ url, headers: {}, signal });
  await assert.rejects(get(before.signal), reason);
  const during = new AbortController();
  const { body } = await get(during.signal);
  const reading = readSlowly(body);
  during.abort(reason);
  await assert.rejects(reading, reason);
});

test("a header cannot end its line", async () => {
  const { url, connections } = await serve((socket) => socket.write(plain("abc")));
  const wrong: Record<string, string>[] = [{ "x-a": "b\r\nx-c: d" }, { "x-a\r\nb": "c" }, { "x-a": "\u{1F600}" }];
  for (const headers of wrong) {
    const asked = createHttpClient().get({ url, headers });
    await rejects(asked, "invalid-option", /the header ".*control characters/);
  }
  assert.equal(connections(), 0);
});
