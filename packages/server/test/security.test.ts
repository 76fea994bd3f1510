import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { definePredictor } from "@tricast/core";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { get, post } from "./support/calls.ts";
import { start } from "./support/start.ts";

const double = definePredictor({
  name: "double",
  cors: { origins: "*" },
  load: () => ({}),
  predict: (value: number) => ({ value: value * 2 }),
});

/** One path of each protocol, and one that does not exist. */
const CLOSED = ["/predict", "/", "/v2/models/double/infer", "/v1/models/double:predict", "/invocations", "/score"];
const OPEN = ["/health", "/live", "/ready", "/ping", "/v2/health/live", "/v2/health/ready"];

describe("API keys", () => {
  test("every route but health asks for one", async (t) => {
    const { origin } = await start(t, double, { apiKeys: ["first", "second"] });
    for (const path of [...CLOSED, "/nowhere"]) {
      const refused = await post(origin, path, 1);
      assert.deepEqual([path, refused.status, refused.body.code], [path, 401, "unauthorized"]);
      assert.equal(refused.headers.get("www-authenticate"), "Bearer");
    }
    for (const path of ["/metadata", "/openapi.json", "/v2", "/v2/models/double", "/v1/models"])
      assert.equal((await get(origin, path)).status, 401, path);
    for (const path of OPEN) assert.equal((await get(origin, path)).status, 200, path);
  });

  test("either header carries any of the keys", async (t) => {
    const { origin } = await start(t, double, { apiKeys: ["first", "second"] });
    for (const headers of [
      { "x-api-key": "first" },
      { "x-api-key": "second" },
      { authorization: "Bearer second" },
      { authorization: "bearer  second" },
    ] as Record<string, string>[])
      assert.equal((await post(origin, "/predict", 1, { headers })).status, 200, JSON.stringify(headers));
    for (const headers of [
      { "x-api-key": "firs" },
      { "x-api-key": "" },
      { "x-api-key": "first,second" },
      { authorization: "Basic first" },
      { authorization: "second" },
    ] as Record<string, string>[])
      assert.equal((await post(origin, "/predict", 1, { headers })).status, 401, JSON.stringify(headers));
  });

  test("a body is not read of whom is not known", async (t) => {
    const { origin } = await start(t, double, { apiKeys: ["first"], maxBodyBytes: 2 });
    assert.equal((await post(origin, "/predict", "12345")).status, 401);
  });

  test("a preflight needs none, as browsers send it without", async (t) => {
    const { origin } = await start(t, double, { apiKeys: ["first"] });
    const headers = { origin: "https://a.example", "access-control-request-method": "POST" };
    assert.equal((await fetch(`${origin}/predict`, { method: "OPTIONS", headers })).status, 204);
  });

  test("keys are read from a file too", async (t) => {
    const file = join(mkdtempSync(join(tmpdir(), "keys-")), "keys");
    writeFileSync(file, "one\n\ntwo\n");
    const { origin } = await start(t, double, { apiKeysFile: file });
    assert.equal((await post(origin, "/predict", 1, { headers: { "x-api-key": "two" } })).status, 200);
    assert.equal((await post(origin, "/predict", 1, { headers: { "x-api-key": "three" } })).status, 401);
    await assert.rejects(start(t, double, { apiKeysFile: `${file}-missing` }), { code: "invalid-option" });
    writeFileSync(file, "\n");
    await assert.rejects(start(t, double, { apiKeysFile: file }), /has no key/);
  });

  test("metrics are open unless they are told not to be", async (t) => {
    const open = await start(t, double, { apiKeys: ["k"] });
    assert.equal((await get(open.origin, "/metrics")).status, 200);
    const closed = await start(t, double, { apiKeys: ["k"], metrics: "authenticated" });
    assert.equal((await get(closed.origin, "/metrics")).status, 401);
    assert.equal((await get(closed.origin, "/metrics", { "x-api-key": "k" })).status, 200);
    const off = await start(t, double, { metrics: "off" });
    assert.equal((await get(off.origin, "/metrics")).status, 404);
  });
});

describe("credentials of administration and metrics", () => {
  const byKey = (key: string) => ({ headers: { "x-api-key": key } });

  test("each key opens the routes of its own group only", async (t) => {
    const { origin } = await start(t, double, {
      apiKeys: ["a"],
      adminKeys: ["b"],
      metrics: "authenticated",
      metricsKeys: ["c"],
      modelControl: "on",
    });
    const admits: Record<string, string> = {};
    for (const key of ["a", "b", "c", "d"]) {
      const statuses = {
        predict: (await post(origin, "/predict", 1, byKey(key))).status,
        metadata: (await get(origin, "/metadata", { "x-api-key": key })).status,
        index: (await post(origin, "/v2/repository/index", {}, byKey(key))).status,
        unload: (await post(origin, "/v2/repository/models/else/unload", {}, byKey(key))).status,
        metrics: (await get(origin, "/metrics", { "x-api-key": key })).status,
      };
      admits[key] = Object.entries(statuses)
        .filter(([, status]) => status !== 401)
        .map(([name, status]) => `${name} ${status}`)
        .join(", ");
    }
    assert.deepEqual(admits, {
      a: "predict 200, metadata 200",
      b: "index 200, unload 501",
      c: "metrics 200",
      d: "",
    });
    const refused = await post(origin, "/v2/repository/index", {}, byKey("a"));
    assert.match(String(refused.body.error), /not one of adminKeys/);
  });

  test("without keys of its own, the list of models is open to callers, and loading is off", async (t) => {
    const { origin } = await start(t, double, { apiKeys: ["a"] });
    assert.equal((await post(origin, "/v2/repository/index", {}, byKey("a"))).status, 200);
    for (const action of ["load", "unload"]) {
      const refused = await post(origin, `/v2/repository/models/double/${action}`, {}, byKey("a"));
      assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"]);
      assert.match(String(refused.body.error), /TRICAST_MODEL_CONTROL/);
    }
    assert.equal((await post(origin, "/predict", 1, byKey("a"))).status, 200);
  });

  test("callers' keys alone do not switch it on, and keys without effect are refused", async (t) => {
    await assert.rejects(start(t, double, { apiKeys: ["a"], modelControl: "on" }), /set adminKeys or adminKeysFile/);
    await assert.rejects(start(t, double, { metricsKeys: ["c"] }), /set metrics to "authenticated"/);
    await assert.rejects(start(t, double, { adminKeysFile: "/missing" }), /adminKeysFile cannot be read/);
    await start(t, double, { modelControl: "on" });
  });
});

describe("tokens", () => {
  const ISSUER = "https://issuer.example";
  const AUDIENCE = "predictions";
  let ours: CryptoKey;
  let other: CryptoKey;
  let keys: { keys: unknown[] };

  before(async () => {
    const pair = await generateKeyPair("ES256");
    ours = pair.privateKey;
    other = (await generateKeyPair("ES256")).privateKey;
    keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k1", alg: "ES256" }] };
  });

  interface Parts {
    readonly key?: CryptoKey | Uint8Array;
    readonly alg?: string;
    readonly issuer?: string;
    readonly audience?: string;
    readonly expires?: string | undefined;
    readonly kid?: string;
  }

  function sign(parts: Parts = {}): Promise<string> {
    const token = new SignJWT({}).setProtectedHeader({ alg: parts.alg ?? "ES256", kid: parts.kid ?? "k1" });
    token.setIssuer(parts.issuer ?? ISSUER).setAudience(parts.audience ?? AUDIENCE);
    if (!("expires" in parts)) token.setExpirationTime("1h");
    else if (parts.expires !== undefined) token.setExpirationTime(parts.expires);
    return token.sign(parts.key ?? ours);
  }

  async function guarded(t: TestContext, apiKeys: readonly string[] = []) {
    const issuer = createServer((_request, response) => response.end(JSON.stringify(keys)));
    await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
    t.after(() => issuer.close());
    const jwksUrl = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys`;
    return start(t, double, { jwtIssuer: ISSUER, jwtAudience: AUDIENCE, jwksUrl, apiKeys });
  }

  const call = (origin: string, token: string) =>
    post(origin, "/predict", 2, { headers: { authorization: `Bearer ${token}` } });

  test("one that the issuer signed for us counts", async (t) => {
    const { origin } = await guarded(t);
    const answer = await call(origin, await sign());
    assert.deepEqual([answer.status, answer.body], [200, { value: 4 }]);
  });

  test("any other does not", async (t) => {
    const { origin } = await guarded(t);
    const cases: Readonly<Record<string, Parts>> = {
      "another key": { key: other },
      "a key that is not published": { kid: "k2" },
      "another issuer": { issuer: "https://else.example" },
      "another audience": { audience: "else" },
      "no expiry": { expires: undefined },
      "a shared secret": { key: new TextEncoder().encode("k".repeat(32)), alg: "HS256" },
    };
    for (const [title, parts] of Object.entries(cases)) {
      const refused = await call(origin, await sign(parts));
      assert.deepEqual(
        [title, refused.status, refused.body.detail],
        [title, 401, "The token is invalid; request a new one from its issuer"],
      );
      assert.equal(refused.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
    }
    assert.equal(
      (await call(origin, await sign({ expires: "1 minute ago" }))).body.detail,
      "The token is expired; request a new one from its issuer",
    );
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify({ iss: ISSUER, aud: AUDIENCE, exp: 4e9 })).toString("base64url")}.`;
    for (const token of [unsigned, "nonsense", "a.b.c"]) assert.equal((await call(origin, token)).status, 401, token);
    assert.equal((await post(origin, "/predict", 2)).status, 401);
  });

  test("a key counts beside tokens", async (t) => {
    const { origin } = await guarded(t, ["k"]);
    assert.equal((await call(origin, "k")).status, 200);
    assert.equal((await call(origin, await sign())).status, 200);
    assert.equal((await call(origin, "j")).status, 401);
  });

  test("without the issuer's keys the server answers 503, and asks the issuer again after a pause", async (t) => {
    const { origin } = await start(t, double, {
      jwtIssuer: ISSUER,
      jwtAudience: AUDIENCE,
      jwksUrl: "http://127.0.0.1:9/keys",
    });
    const failed = await call(origin, await sign());
    assert.deepEqual([failed.status, failed.body.code, failed.body.detail], [503, "issuer-unavailable", undefined]);
    assert.equal(failed.headers.get("retry-after"), "5");
  });

  test("all three parts of the configuration are needed", async (t) => {
    await assert.rejects(start(t, double, { jwtIssuer: ISSUER }), /jwtAudience and jwksUrl is missing/);
    await assert.rejects(
      start(t, double, { jwtIssuer: ISSUER, jwtAudience: AUDIENCE, jwksUrl: "keys" }),
      /jwksUrl is "keys"; it must be a URL/,
    );
  });
});
