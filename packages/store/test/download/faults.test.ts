import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import {
  type FaultProxy,
  fromAmzDate,
  type Plan,
  startFaultProxy,
} from "../../../../test/support/faults/fault-proxy.ts";
import { startS3Server } from "../../../../test/support/stores/s3-server.ts";
import type { TestServer } from "../../../../test/support/stores/test-server.ts";
import { withEnv } from "../../../../test/support/stores/with-env.ts";
import { fetchObject } from "../../src/fetch-object.ts";
import type { FetchOptions } from "../../src/fetch-types.ts";
import type { ObjectStore } from "../../src/object-store.ts";
import { openStore } from "../../src/open-store.ts";
import { withRetries } from "../../src/with-retries.ts";
import { rejects } from "../drivers/test-driver.ts";
import { type TemporaryCache, temporaryCache } from "./temporary-cache.ts";

const MIB = 1024 * 1024;
const bytes = randomBytes(10 * MIB + 12_345);
const sha256 = createHash("sha256").update(bytes).digest("hex");

let server: TestServer;
let proxy: FaultProxy;
let direct: ObjectStore;
let faulty: ObjectStore;
let cache: TemporaryCache;

before(async () => {
  server = await startS3Server();
  proxy = await startFaultProxy(server.address);
  cache = await temporaryCache();
  await withEnv(server.env, async () => {
    direct = await openStore(server.uri);
    faulty = await openStore(server.uri, { endpoint: proxy.address, region: "us-east-1" });
    await direct.write("model.bin", bytes);
    await faulty.head("model.bin");
  });
});
after(async () => {
  await proxy.close();
  await server.close();
  await cache.remove();
});
beforeEach(async () => {
  proxy.plan = () => undefined;
  proxy.clockAheadMs = 0;
  proxy.requests.length = 0;
  await cache.clear();
});

/** Applies `plan` to downloads only. */
function spoil(plan: Plan): void {
  let reads = 0;
  proxy.plan = (request) => (request.method === "GET" ? plan(request, ++reads) : undefined);
}

const fetchIt = (options: FetchOptions = {}) =>
  fetchObject(
    { store: faulty, key: "model.bin" },
    { sha256, size: bytes.length, cacheDir: cache.folder, retryMs: 5, ...options },
  );

async function assertWhole(fetched: Awaited<ReturnType<typeof fetchIt>>): Promise<void> {
  assert.ok(bytes.equals(fetched.bytes ?? (await readFile(fetched.path))));
  assert.equal(fetched.sha256, sha256);
}

const MODES = [
  ["with the size known", {}],
  ["with nothing known", { sha256: undefined, size: undefined }],
  ["into memory", { cacheDir: null }],
  ["over one connection", { connections: 1 }],
] as const;

for (const [mode, options] of MODES) {
  test(`downloads in ranges, ${mode}`, async () => {
    await assertWhole(await fetchIt(options));
    assert.ok(proxy.requests.every(({ method, range }) => method === "GET" && range !== undefined));
  });

  test(`resumes at the last good byte after resets, ${mode}`, async () => {
    spoil((_, count) => (count % 2 === 1 ? { kind: "reset", afterBytes: 700_000 + count } : undefined));
    await assertWhole(await fetchIt(options));
    const starts = proxy.requests.map(({ range }) => Number(/=(\d+)/.exec(range ?? "")?.[1]));
    const resumed = starts.filter(
      (start) => start % MIB !== 0 && starts.filter((other) => other === start).length === 1,
    );
    assert.ok(resumed.length > 0, starts.join(" "));
  });
}

test("asks again after bodies that end early, whatever their length says", async () => {
  spoil((_, count) => (count <= 4 ? { kind: "truncate", afterBytes: 100_000 * count } : undefined));
  await assertWhole(await fetchIt());
});

test("outlasts a burst of 503 and slows down", async () => {
  const body = "<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>";
  spoil((_, count) => (count <= 16 ? { kind: "reply", status: 503, body } : undefined));
  await assertWhole(await fetchIt());
});

test("gives up after the last attempt, says why, and leaves nothing behind", async () => {
  const body = "<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>";
  spoil(() => ({ kind: "reply", status: 503, body }));
  await rejects(fetchIt(), "store-unavailable", /503 \(SlowDown: Reduce your request rate\).*limits requests/);
  assert.deepEqual(await cache.files(), []);
});

test("replaces connections that stall or drip", async () => {
  spoil((_, count) => {
    if (count === 1) return { kind: "stall", afterBytes: 10_000 };
    return count === 2 ? { kind: "drip", bytes: 50 } : undefined;
  });
  await assertWhole(await fetchIt({ stallMs: 400 }));
});

test("wrong bytes are a digest-mismatch and leave no file", async () => {
  spoil((_, count) => (count === 3 ? { kind: "corrupt", atByte: 5_000 } : undefined));
  await rejects(fetchIt(), "digest-mismatch", new RegExp(`${sha256} is expected`));
  assert.deepEqual(await cache.files(), []);
  await assertWhole(await fetchIt());
});

test("another size than expected fails before the download", async () => {
  await rejects(fetchIt({ size: bytes.length + 1 }), "digest-mismatch", /bytes, but \d+ is expected/);
  assert.deepEqual(await cache.files(), []);
});

for (const size of [undefined, bytes.length]) {
  test(`an object replaced meanwhile is fetched again, never mixed (size ${size ? "known" : "unknown"})`, async () => {
    const newer = randomBytes(bytes.length);
    let replaced = false;
    spoil(async (_, count) => {
      if (count === 3 && !replaced) {
        replaced = true;
        await direct.write("model.bin", newer);
      }
      return undefined;
    });
    try {
      const fetched = await fetchIt({ sha256: undefined, size });
      assert.ok(newer.equals(await readFile(fetched.path as string)));
      assert.equal((await cache.files()).filter((file) => file.endsWith("model.bin")).length, 1);
    } finally {
      await direct.write("model.bin", bytes);
    }
  });
}

test("an object that keeps changing is a store-conflict", async () => {
  spoil(async ({ headers }, count) => {
    const later = !String(headers.range).startsWith("bytes=0-");
    if (later) await direct.write("model.bin", Buffer.alloc(9 * MIB, String(count)));
    return undefined;
  });
  try {
    await rejects(fetchIt({ sha256: undefined, size: undefined }), "store-conflict");
    assert.deepEqual(await cache.files(), []);
  } finally {
    await direct.write("model.bin", bytes);
  }
});

test("a clock that is wrong is corrected from the store's own answer", async () => {
  proxy.clockAheadMs = 20 * 60_000;
  proxy.plan = ({ headers }) => {
    const signed = fromAmzDate(String(headers["x-amz-date"]));
    const now = Date.now() + proxy.clockAheadMs;
    if (Math.abs(now - signed) < 15 * 60_000) return undefined;
    const message = "The difference between the request time and the current time is too large.";
    const body = `<Error><Code>RequestTimeTooSkewed</Code><Message>${message}</Message></Error>`;
    return { kind: "reply", status: 403, body };
  };
  await assertWhole(await fetchIt());
  proxy.clockAheadMs = 0;
  proxy.plan = () => ({
    kind: "reply",
    status: 403,
    body: "<Error><Code>RequestTimeTooSkewed</Code><Message>too large</Message></Error>",
  });
  await cache.clear();
  await rejects(fetchIt(), "store-unavailable", /clock differs.*set the clock/);
});

test("an abort ends every request, with the caller's reason, and leaves nothing behind", async () => {
  const controller = new AbortController();
  const reason = new Error("no longer wanted");
  spoil(() => ({ kind: "drip", bytes: 300_000 }));
  const fetching = fetchIt({ signal: controller.signal, onProgress: () => controller.abort(reason) });
  await assert.rejects(fetching, reason);
  assert.deepEqual(await cache.files(), []);
});

test("denied and missing are told apart and are not retried", async () => {
  const body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
  spoil(() => ({ kind: "reply", status: 403, body }));
  await rejects(fetchIt({ connections: 1 }), "store-denied", /AccessDenied.*AWS_PROFILE/);
  assert.equal(proxy.requests.length, 1);
  proxy.plan = () => undefined;
  const absent = fetchObject({ store: faulty, key: "absent.bin" }, { cacheDir: cache.folder });
  await rejects(absent, "store-not-found");
});

test("progress never goes back and ends at the size; the requests are out before it begins", async () => {
  const seen: number[] = [];
  let sent = -1;
  const fetched = await fetchIt({
    onSent: () => {
      assert.equal(sent, -1, "called twice");
      sent = seen.length;
    },
    onProgress: (received, size) => {
      assert.equal(size, bytes.length);
      seen.push(received);
    },
  });
  assert.equal(sent, 0);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.equal(seen.at(-1), bytes.length);
  await assertWhole(fetched);
});

test("a conditional write whose answer is lost succeeds on the second try", async () => {
  let writes = 0;
  proxy.plan = ({ method }) => (method === "PUT" && ++writes === 1 ? { kind: "lose-reply" } : undefined);
  const info = await withRetries(faulty, { baseMs: 5 }).write("alias.json", Buffer.from("{}"), { ifMatch: null });
  assert.equal(writes, 2);
  assert.equal((await direct.head("alias.json"))?.tag, info.tag);
  const other = withRetries(faulty, { baseMs: 5 }).write("alias.json", Buffer.from("[]"), { ifMatch: null });
  await rejects(other, "store-conflict");
});

test("two callers at once share one download", async () => {
  const [one, two] = await Promise.all([fetchIt(), fetchIt()]);
  assert.equal(one.path, two.path);
  const total = proxy.requests.length;
  await cache.clear();
  proxy.requests.length = 0;
  await fetchIt();
  assert.equal(total, proxy.requests.length);
});
