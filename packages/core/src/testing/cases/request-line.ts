import assert from "node:assert/strict";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { type Random, rounds } from "../random.ts";
import { check, serve } from "../suite.ts";
import { jsonOf, post, type WireRequest } from "../wire.ts";

/** Returns the request line of `context.request`. */
const teller = definePredictor({
  name: "teller",
  load: () => ({}),
  predict: (_input: unknown, { request: { method, path, query } }) => ({ method, path, query }),
});

function expectedQuery({ differences }: Host, sent: string): string {
  return differences.query?.expect(sent) ?? sent;
}

function expectedPath({ differences, mount }: Host, sent: string): string {
  return mount + (differences.path?.expect(sent) ?? sent);
}

const QUERIES: Readonly<Record<string, string>> = {
  none: "",
  "one pair": "a=1",
  "a repeated name": "a=1&a=2&a=1",
  "names in an order of their own": "z=1&a=2&m=3",
  "repeats with another name between": "a=1&b=2&a=3",
  "percent-encoded letters": "q=%C3%A9%20%F0%9F%98%80",
  "an encoded ampersand, equals sign and plus": "a%26b=c%3Dd%2Be",
  "a plus for a space": "q=a+b+c",
  "lower-case escapes": "q=%c3%a9%2f",
  "empty values": "a=&b=",
  "names without an equals sign": "flag&a=1&other",
  "an equals sign in the value": "a=b=c==",
  "quotes and brackets": "a='x'&b=%27y%27&c=[1]&d=(2)",
  "what looks like a path or another query": "u=https://example.com/p?q=1",
  "names of JavaScript's own": "constructor=1&__proto__=2&toString=3",
};

const PATHS = [
  "/",
  "/predict",
  "/any/prefix/predict",
  "/a%20b/predict",
  "/%C3%A9/predict",
  "/%c3%a9/predict",
  "/a%2Fb/predict",
  "/%41/predict",
  "/a;v=1,2/predict",
  "/constructor/predict",
];

export function requestLine(host: Host): void {
  const it = serve(host, () => ({ predictor: teller }));

  for (const [what, query] of Object.entries(QUERIES)) {
    it(`query: ${what}`, async ({ send }) => {
      const response = await send(asking(query));
      assert.equal(response.status, 200);
      assert.deepEqual([jsonOf(response).query, jsonOf(response).method], [expectedQuery(host, query), "POST"]);
    });
  }

  it("query: any pairs, percent-encoded, come in order and in full", ({ send }) =>
    rounds(async (random) => {
      const query = anyPairs(random);
      assert.equal(jsonOf(await send(asking(query))).query, expectedQuery(host, query));
    }));

  it("path: segments that a client sends before /predict are kept", async ({ send }) => {
    for (const path of PATHS) {
      const response = await send(post({}, { target: path }));
      assert.equal(response.status, 200, path);
      assert.equal(jsonOf(response).path, expectedPath(host, path));
    }
  });

  it("a route is found with a query after it, and a question mark in the query is part of it", async ({ send }) => {
    for (const target of ["/predict?a=1", "/?a=1", "/x/predict?a=b?c"]) {
      const response = await send(post({}, { target }));
      assert.equal(response.status, 200, target);
      const query = target.slice(target.indexOf("?") + 1);
      assert.equal(jsonOf(response).query, expectedQuery(host, query));
    }
  });

  check("every difference declared for query and path is real: without it these cases would fail", () => {
    const { query, path } = host.differences;
    if (query !== undefined) assert.ok(Object.values(QUERIES).some((sent) => query.expect(sent) !== sent));
    if (path !== undefined) assert.ok(PATHS.some((sent) => path.expect(sent) !== sent));
  });
}

function asking(query: string): WireRequest {
  return post({}, { target: query === "" ? "/predict" : `/predict?${query}` });
}

function anyPairs(random: Random): string {
  return random
    .list(random.integer(6), () => [random.words(5) || "n", random.words(12)].map(encodeURIComponent).join("="))
    .filter((pair) => !isIndex(pair))
    .join("&");
}

/** Some platforms send parameters as a JSON object, which puts such names first. */
function isIndex(pair: string): boolean {
  return /^\d+=/.test(pair);
}
