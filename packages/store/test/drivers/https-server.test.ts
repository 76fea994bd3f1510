import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";
import { type HttpsServer, startHttpsServer } from "../../../../test/support/stores/https-server.ts";
import { listen } from "../../../../test/support/stores/listen.ts";
import { fetchObject } from "../../src/fetch-object.ts";
import { openStore } from "../../src/open-store.ts";
import { withRetries } from "../../src/with-retries.ts";
import { type TemporaryCache, temporaryCache } from "../download/temporary-cache.ts";
import { collect, rejects } from "./test-driver.ts";

let server: HttpsServer;
let other: HttpsServer;
let cache: TemporaryCache;
const bytes = randomBytes(20_000_000);

before(async () => {
  server = await startHttpsServer();
  other = await startHttpsServer();
  cache = await temporaryCache();
});
after(async () => {
  await server.close();
  await other.close();
  await cache.remove();
});
beforeEach(async () => {
  server.handler = undefined;
  server.requests.length = 0;
  other.requests.length = 0;
  await cache.clear();
});

test("follows redirects to another host, and keeps its headers for the first", async () => {
  other.files.set("/cdn/model.ort", bytes);
  server.handler = (_, response) => {
    response.writeHead(302, { location: `${other.address}/cdn/model.ort?signature=1` }).end();
    return true;
  };
  const store = { ...server.options, headers: { authorization: "Bearer secret" } };
  const fetched = await fetchObject(`${server.address}/model.ort`, { store, cacheDir: cache.folder });
  assert.ok(bytes.equals(await readFile(fetched.path as string)));
  assert.ok(server.requests.every(({ headers }) => headers.authorization === "Bearer secret"));
  assert.ok(other.requests.every(({ headers }) => headers.authorization === undefined));
  assert.ok(other.requests.length > 1);
});

test("refuses a redirect that leaves TLS, and one that never ends", async () => {
  const store = await openStore(server.address, server.options);
  server.handler = (_, response) => {
    response.writeHead(302, { location: "http://127.0.0.1/model.ort" }).end();
    return true;
  };
  await rejects(store.read("model.ort"), "store-unavailable", /without TLS/);
  server.handler = (request, response) => {
    response.writeHead(302, { location: `${request.url}x` }).end();
    return true;
  };
  await rejects(store.read("model.ort"), "store-unavailable", /more than 10 redirects/);
});

test("refuses a redirect to any scheme but http and https", async () => {
  const targets = [
    "file:///etc/passwd",
    "ftp://a/b",
    "data:text/plain,model",
    "javascript:1",
    "blob:https://a/b",
    "gopher://a",
  ];
  for (const location of [...targets, "http://", "https://[", "//"]) {
    server.handler = (_, response) => {
      response.writeHead(302, { location }).end();
      return true;
    };
    const store = await openStore(server.address, server.options);
    for (const ask of [() => store.read("model.ort"), () => store.head("model.ort")])
      await rejects(ask(), "store-unavailable", /only http: and https: are followed/);
  }
});

for (const [what, range, code, message] of [
  ["larger than any disk", "bytes 0-10/99999999999999", "disk-full", /99999999999999 bytes, which fit neither/],
  ["larger than any number", `bytes 0-10/${"9".repeat(400)}`, "store-unavailable", /its size is "9{40}"/],
  ["at another place", "bytes 5-15/11", "store-unavailable", /the range "bytes 5-15\/11", not bytes 0-/],
  ["in no form", "bytes */11", "store-unavailable", /not bytes 0-/],
  ["in another unit", "items 0-10/11", "store-unavailable", /not bytes 0-/],
] as const) {
  test(`refuses a reply with a range ${what}, into the disk and into memory`, async () => {
    server.handler = (_, response) => {
      response.writeHead(206, { "content-range": range, "content-length": 11, etag: '"1"' }).end("hello world");
      return true;
    };
    for (const cacheDir of [cache.folder, null]) {
      const options = { store: server.options, cacheDir, retryMs: 1 };
      await rejects(fetchObject(`${server.address}/model.ort`, options), code, message);
      const known = { ...options, size: 11 };
      const expected = code === "disk-full" ? "digest-mismatch" : code;
      await rejects(fetchObject(`${server.address}/model.ort`, known), expected, /./);
    }
  });
}

test("a server without ranges is read once, over one connection", async () => {
  server.handler = (_, response) => {
    response.writeHead(200, { "content-length": bytes.length, etag: '"1"' }).end(bytes);
    return true;
  };
  const size = bytes.length;
  for (const options of [{}, { size }]) {
    server.requests.length = 0;
    await cache.clear();
    const fetched = await fetchObject(`${server.address}/model.ort`, {
      store: server.options,
      cacheDir: cache.folder,
      ...options,
    });
    assert.ok(bytes.equals(await readFile(fetched.path as string)));
    assert.ok(server.requests.length <= (options.size === undefined ? 2 : 9), String(server.requests.length));
  }
});

test("a server without ETag is pinned by time and size, one without either by nothing", async () => {
  const store = await openStore(server.address, server.options);
  const changed = "Wed, 01 Jan 2025 00:00:00 GMT";
  const headers: Record<string, string> = { etag: 'W/"weak"', "last-modified": changed };
  server.handler = (_, response) => {
    response.writeHead(200, { "content-length": 5, ...headers }).end("model");
    return true;
  };
  assert.equal((await store.head("model.ort"))?.tag, `${Date.parse(changed)}-5`);
  await rejects(store.read("model.ort", { ifMatch: '"other"' }), "store-conflict");
  delete headers["last-modified"];
  assert.equal((await store.head("model.ort"))?.tag, "");
});

test("a signed address keeps its query, asks by GET where HEAD is refused, and shows it to nobody", async () => {
  server.files.set("/model.ort", bytes);
  server.handler = (request, response) => {
    const signed = request.url?.endsWith("?X-Signature=secret") && request.method === "GET";
    if (!signed) response.writeHead(403).end("<Error/>");
    return !signed;
  };
  const store = await openStore(`${server.address}/?X-Signature=secret`, server.options);
  assert.equal(store.uri.includes("secret"), false);
  assert.equal((await store.head("model.ort"))?.size, bytes.length);
  await assert.rejects(
    openStore(server.address, server.options).then((plain) => plain.read("model.ort")),
    (error: Error) => {
      assert.match(error.message, /answered with 403; use a signed URL/);
      return !error.message.includes("secret");
    },
  );
});

test("an untrusted certificate is said at once and not tried again", async () => {
  let retried = 0;
  const store = withRetries(await openStore(server.address), { onRetry: () => retried++ });
  await rejects(store.head("model.ort"), "store-unavailable", /self-signed certificate.*NODE_EXTRA_CA_CERTS/);
  assert.equal(retried, 0);
});

test("a server that says nothing is given up after the timeout, one that is not there at once", async () => {
  const silent = await listen(createServer(() => {}));
  try {
    const store = await openStore(`http://127.0.0.1:${silent.port}`, { timeoutMs: 100 });
    await rejects(store.read("model.ort"), "store-unavailable", /no data for 100 ms/);
  } finally {
    await silent.close();
  }
  const store = await openStore(`http://127.0.0.1:${silent.port}`);
  await rejects(store.read("model.ort"), "store-unavailable", /ECONNREFUSED.*check the network/);
});

test("is read-only and says where to push instead", async () => {
  const store = await openStore(server.address, server.options);
  await rejects(store.write("a", bytes), "store-denied", /read-only; push to/);
  await rejects(store.delete("a"), "store-denied", /read-only/);
  await rejects(collectKeys(store.list("")), "store-denied", /read-only/);
});

test("waits as long as the server asks for", async () => {
  let tries = 0;
  server.files.set("/model.ort", bytes);
  server.handler = (_, response) => {
    tries++;
    if (tries > 1) return false;
    response.writeHead(429, { "retry-after": "1" }).end();
    return true;
  };
  const started = performance.now();
  const result = await withRetries(await openStore(server.address, server.options)).read("model.ort");
  assert.ok(bytes.equals(await collect(result?.body)));
  assert.ok(performance.now() - started >= 990);
});

async function collectKeys(list: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of list) keys.push(key);
  return keys;
}
