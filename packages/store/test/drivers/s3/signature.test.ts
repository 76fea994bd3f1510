import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { withEnv } from "../../../../../test/support/stores/with-env.ts";
import type { ObjectStore } from "../../../src/object-store.ts";
import { openStore } from "../../../src/open-store.ts";
import { collect, rejects } from "../test-driver.ts";
import { type StrictServer, startStrictServer } from "./strict-server.ts";

const bytes = randomBytes(1_000);
const SECRET = "not/a+secret";
const TOKEN = "a/session+token==";
const KEYS = ["plain.bin", "a b+c/größe %41.bin", "q?x#y&z='()*!.bin", "~_-.bin"];

let server: StrictServer;
beforeEach(async () => {
  server = await startStrictServer(bytes, SECRET, TOKEN);
});
afterEach(() => server.close());

const environment = () => ({
  AWS_ENDPOINT_URL_S3: server.address,
  AWS_REGION: "eu-west-1",
  AWS_CONFIG_FILE: "/nowhere/config",
  AWS_ACCESS_KEY_ID: "id",
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: TOKEN,
});
const open = (env: Record<string, string> = {}) =>
  withEnv({ ...environment(), ...env }, () => openStore("s3://models/folder"));

/** Any value keeps the requests with the SDK, which looks for credentials at the first of them. */
async function openWithSdk(): Promise<ObjectStore> {
  return withEnv({ ...environment(), AWS_USE_DUALSTACK_ENDPOINT: "false" }, async () => {
    const store = await openStore("s3://models/folder");
    await store.head("warm");
    return store;
  });
}

async function useAll(store: ObjectStore): Promise<string[]> {
  server.taken.length = 0;
  for (const key of KEYS) {
    assert.equal((await store.head(key))?.tag, '"one"');
    const result = await store.read(key, { ifMatch: '"one"', range: { start: 0, end: bytes.length } });
    assert.ok(bytes.equals(await collect(result?.body)), key);
    assert.equal((await store.write(key, bytes, { ifMatch: null })).tag, '"one"');
    await store.write(key, { path: fileURLToPath(import.meta.url) });
    await store.delete(key);
    for await (const _ of store.list(key));
  }
  assert.deepEqual(server.refused, []);
  return server.taken;
}

test("our signatures are right wherever the SDK's are, and the requests are the same", async () => {
  const expected = [...(await useAll(await openWithSdk()))];
  assert.equal(expected.length, 6 * KEYS.length);
  assert.deepEqual(await useAll(await open()), expected);
});

test("a wrong secret and a missing token are store-denied, with S3's own words", async () => {
  const wrong: Record<string, string>[] = [{ AWS_SECRET_ACCESS_KEY: "another" }, { AWS_SESSION_TOKEN: "" }];
  for (const env of wrong) {
    const store = await open(env);
    await rejects(store.read("a.bin"), "store-denied", /403 \(SignatureDoesNotMatch\).*AWS_ACCESS_KEY_ID/);
    await rejects(store.head("a.bin"), "store-denied", /403.*AWS_ACCESS_KEY_ID/);
  }
  assert.equal(server.taken.length, 0);
});

test("a bucket in another region is followed there, by read, head and write, also with the SDK", async () => {
  server.region = "eu-central-1";
  const reading = await open();
  for (let n = 0; n < 2; n++) assert.ok(bytes.equals(await collect((await reading.read("a.bin"))?.body)));
  assert.equal((await (await open()).head("a.bin"))?.size, bytes.length);
  assert.equal((await (await open()).write("a.bin", bytes)).size, bytes.length);
  assert.equal((await (await openWithSdk()).head("a.bin"))?.size, bytes.length);
  assert.equal(server.taken.length, 6);
});

for (const [name, openStore] of [
  ["our signatures", () => open()],
  ["those of the SDK", openWithSdk],
] as const) {
  test(`a clock that is wrong is corrected after the first refusal, for ${name}`, async () => {
    const store = await openStore();
    server.aheadMs = 3_600_000;
    await rejects(store.read("a.bin"), "store-unavailable", /clock/);
    assert.ok(bytes.equals(await collect((await store.read("a.bin"))?.body)));
  });
}
