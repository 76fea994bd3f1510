import assert from "node:assert/strict";
import { definePredictor } from "@tricast/core";
import fc from "fast-check";
import type { ContractHost } from "./hosts.ts";
import { fleet } from "./support/fleet.ts";
import { jsonOf, post } from "./support/requests.ts";

/** Tells what it was asked, as `context.request` has it. */
const { each } = fleet(() => ({
  predictor: definePredictor({
    name: "teller",
    load: () => ({}),
    predict: (_input: unknown, { request: { method, path, query } }) => ({ method, path, query }),
  }),
}));

function expectedQuery({ differences }: ContractHost, sent: string): string {
  return differences.query?.expect(sent) ?? sent;
}

function expectedPath({ differences, mount }: ContractHost, sent: string): string {
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
};

for (const [what, query] of Object.entries(QUERIES)) {
  each(`query: ${what}`, async ({ host, send }) => {
    const response = await send(post({}, { target: query === "" ? "/predict" : `/predict?${query}` }));
    assert.equal(response.status, 200);
    assert.equal(jsonOf(response).query, expectedQuery(host, query));
  });
}

each("query: any pairs, percent-encoded, come in order and in full", async ({ host, send }) => {
  // Names that are no array index: JSON objects, by which some platforms send them, put those first.
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }).filter((text) => !/^\d+$/.test(text));
  const value = fc.string({ unit: "grapheme", maxLength: 12 });
  const pairs = fc.array(fc.tuple(name, value), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(pairs, async (all) => {
      const query = all.map((pair) => pair.map((part) => encodeURIComponent(part.toWellFormed())).join("=")).join("&");
      const response = await send(post({}, { target: query === "" ? "/predict" : `/predict?${query}` }));
      assert.equal(jsonOf(response).query, expectedQuery(host, query));
    }),
  );
});

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

each("path: what a client writes before /predict is kept", async ({ host, send }) => {
  for (const path of PATHS) {
    const response = await send(post({}, { target: path }));
    assert.equal(response.status, 200, path);
    assert.equal(jsonOf(response).path, expectedPath(host, path));
  }
});

each(
  "a route is found with a query behind it, and a question mark in it is no second query",
  async ({ host, send }) => {
    for (const target of ["/predict?a=1", "/?a=1", "/x/predict?a=b?c"]) {
      const response = await send(post({}, { target }));
      assert.equal(response.status, 200, target);
      const query = target.slice(target.indexOf("?") + 1);
      assert.equal(jsonOf(response).query, expectedQuery(host, query));
    }
  },
);

each(
  "every platform difference named for query and path is one: without it these cases would fail",
  async ({ host }) => {
    const { query, path } = host.differences;
    if (query !== undefined) assert.ok(Object.values(QUERIES).some((sent) => query.expect(sent) !== sent));
    if (path !== undefined) assert.ok(PATHS.some((sent) => path.expect(sent) !== sent));
  },
);
