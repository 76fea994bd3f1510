import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openAzureWorker, type RpcHttp } from "@tricast/pack/azure-worker";
import fc from "fast-check";
import { toReply } from "../../../scripts/start/azure-rpc.ts";
import { divideCookies } from "../src/divide-cookies.ts";
import { toBufferedInit } from "../src/to-response-init.ts";

// The library looks for the worker when it first registers something, so the worker comes first.
const worker = openAzureWorker(() => {});
const { app } = await import("@azure/functions");
let reply: string[] = [];
app.http("cookies", {
  handler: () => toBufferedInit({ status: 200, headers: { "set-cookie": reply }, body: "" }),
});

/** What a client receives of these cookies, through the real library and what the host does with its message. */
async function through(cookies: string[]): Promise<string[]> {
  reply = cookies;
  const http: RpcHttp = {
    method: "GET",
    url: "http://localhost/api/cookies",
    nullableHeaders: {},
    nullableQuery: {},
    nullableParams: {},
  };
  const result = await worker.invoke("cookies", { id: "1", data: { http }, traceParent: "" });
  return toReply(result?.http)
    .headers.filter(([name]) => name === "set-cookie")
    .map(([, value]) => value);
}

/** A cookie as a client understands it (RFC 6265, 5.2). */
function understood(cookie: string): Record<string, string> {
  const [pair = "", ...attributes] = cookie.split(";");
  const meaning: Record<string, string> = { pair: pair.trim() };
  for (const attribute of attributes) {
    const [name = "", ...value] = attribute.split("=");
    const key = name.trim().toLowerCase();
    const text = value.join("=").trim();
    meaning[key] = key === "expires" ? String(Date.parse(text)) : key === "samesite" ? text.toLowerCase() : text;
  }
  return meaning;
}

describe("divideCookies", () => {
  test("sends a single cookie as it is", async () => {
    const odd = 'sid="a, b=c"; Priority=High; Partitioned';
    assert.deepEqual(divideCookies([odd]), { header: odd, cookies: [] });
    assert.deepEqual(await through([odd]), [odd]);
    assert.deepEqual(divideCookies([]), { header: undefined, cookies: [] });
  });

  test("any number of plain cookies arrive, each with the meaning it had", async () => {
    const value = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_.~", "%20", "%C3%A9", "%2F"), maxLength: 12 });
    const cookie = fc
      .record({
        name: fc.stringMatching(/^[a-zA-Z_][\w-]{0,8}$/),
        value,
        path: fc.constantFrom("/", "/api", "/a/b"),
        expires: fc.option(fc.integer({ min: 1, max: 4_000_000_000 })),
        age: fc.option(fc.nat(1_000_000)),
        site: fc.option(fc.constantFrom("Strict", "Lax", "None")),
        secure: fc.boolean(),
        httpOnly: fc.boolean(),
        domain: fc.option(fc.constant("example.com")),
      })
      .map((parts) =>
        [
          `${parts.name}=${parts.value}`,
          `Path=${parts.path}`,
          parts.expires !== null && `Expires=${new Date(parts.expires * 1000).toUTCString()}`,
          parts.age !== null && `Max-Age=${parts.age}`,
          parts.site !== null && `SameSite=${parts.site}`,
          parts.secure && "Secure",
          parts.httpOnly && "HttpOnly",
          parts.domain !== null && `Domain=${parts.domain}`,
        ]
          .filter((part) => part !== false)
          .join("; "),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(cookie, { minLength: 2, maxLength: 5 }), async (cookies) => {
        assert.deepEqual((await through(cookies)).map(understood), cookies.map(understood));
      }),
    );
  });

  test("the first cookie the host would change takes the header", () => {
    const plain = "a=1; Path=/";
    for (const odd of [
      "b=x=y; Path=/",
      "b=1",
      "b=1; Path=/; Partitioned",
      "b=%zz; Path=/",
      "b=%2f; Path=/",
      "b=1; Path=/; Expires=soon",
      "nameless; Path=/",
    ]) {
      const { header, cookies } = divideCookies([plain, odd, plain]);
      assert.equal(header, odd);
      assert.deepEqual(
        cookies.map(({ name }) => name),
        ["a", "a"],
      );
    }
  });

  test("a deletion stays one, whichever way it is written", async () => {
    const [first, second] = await through([
      "a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
      "b=; Path=/; Max-Age=-1",
    ]);
    assert.equal(first, "a=; expires=Thu, 01 Jan 1970 00:00:01 GMT; path=/");
    assert.equal(second, "b=; max-age=0; path=/");
  });

  test("a second name that the host refuses is an error, and not a lost reply", () => {
    assert.throws(() => divideCookies(["nameless", "a b=1; Path=/"]), {
      code: "internal",
      message: /"a b" is not a token/,
    });
  });
});
