import assert from "node:assert/strict";
import { definePredictor } from "@tricast/core";
import fc from "fast-check";
import type { WireRequest } from "../events/event-source.ts";
import { fleet } from "./support/fleet.ts";
import { JSON_TYPE, jsonOf, post } from "./support/requests.ts";

/** Answers the headers it saw. */
const { each } = fleet(() => ({
  predictor: definePredictor({
    name: "teller",
    load: () => ({}),
    predict: (_input: unknown, { request }) => ({ ...request.headers }),
  }),
}));

type Send = (request: WireRequest) => Promise<{ readonly body: Uint8Array } & Parameters<typeof jsonOf>[0]>;

async function seen(send: Send, headers: WireRequest["headers"]): Promise<Record<string, unknown>> {
  return jsonOf(await send(post({}, { headers: [...JSON_TYPE, ...headers] })));
}

const REPEATS: readonly (readonly string[])[] = [
  ["1", "2"],
  ["a,b", "c"],
  ["x", "x", "y"],
];

each("repeated headers arrive joined, in order", async ({ host, send }) => {
  const join = host.differences.repeatedHeader?.expect ?? ((values: readonly string[]) => values.join(", "));
  for (const values of REPEATS) {
    const lines = values.map((value) => ["x-twice", value] as const);
    assert.equal((await seen(send, lines))["x-twice"], join(values));
    const spelled = values.map((value, index) => [index % 2 === 0 ? "X-Twice" : "x-TWICE", value] as const);
    assert.equal((await seen(send, spelled))["x-twice"], join(values));
  }
});

each(
  "names of any case arrive in lower case, and the media type counts whatever the case of its name",
  async ({ send }) => {
    const got = await seen(send, [
      ["X-Mixed-CASE", "Kept"],
      ["ACCEPT", "Application/JSON"],
    ]);
    assert.equal(got["x-mixed-case"], "Kept");
    assert.equal(got.accept, "Application/JSON");
    assert.deepEqual(
      Object.keys(got).filter((name) => name !== name.toLowerCase()),
      [],
    );
    const csv = await send(post("1,2", { headers: [["CONTENT-TYPE", "TEXT/CSV"]] }));
    assert.ok(Array.isArray(jsonOf(csv).predictions));
  },
);

each("any name and any visible value come through, names of the prototype too", async ({ send }) => {
  const name = fc.oneof(
    fc.stringMatching(/^x-[a-z0-9-]{1,12}$/).filter((text) => text !== "x-amzn-trace-id"),
    fc.constantFrom("constructor", "valueof", "hasownproperty"),
  );
  const value = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), value, async (names, text) => {
      const got = await seen(
        send,
        names.map((each) => [each, text] as const),
      );
      for (const each of names) assert.equal(got[each], text);
    }),
  );
});

each("letters of Latin-1 in a value, which HTTP has always allowed, are kept", async ({ send }) => {
  const value = "caf\u00e9 \u00a1\u00ff";
  assert.equal((await seen(send, [["x-latin", value]]))["x-latin"], value);
});

each("UTF-8 in a value arrives as the same bytes", async ({ send }) => {
  // Bytes on the wire, one character each (RFC 9110, 5.5): what a predictor decodes with Buffer.from(value, "latin1").
  const text = "é 😀";
  const value = Buffer.from(text, "utf8").toString("latin1");
  const got = (await seen(send, [["x-utf", value]]))["x-utf"];
  assert.equal(Buffer.from(String(got), "latin1").toString("utf8"), text);
});

each("cookies arrive in one header, commas and equals signs in them untouched", async ({ send }) => {
  for (const cookie of ["a=1", "a=1; b=2", 'a=1; b="x,y"; c=d=e', "theme=dark; session=aGk=; empty="]) {
    assert.equal((await seen(send, [["Cookie", cookie]])).cookie, cookie);
  }
});

const COOKIE_LINES = ["a=1", "b=2; c=3"];

each("several cookie lines, as HTTP/2 clients send them, are one header", async ({ host, send }) => {
  const join = host.differences.cookieLines?.expect ?? ((lines: readonly string[]) => lines.join("; "));
  const lines = COOKIE_LINES.map((line) => ["cookie", line] as const);
  assert.equal((await seen(send, lines)).cookie, join(COOKIE_LINES));
});

each("a trace context arrives as it was sent", async ({ send }) => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  assert.equal((await seen(send, [["traceparent", traceparent]])).traceparent, traceparent);
});

each("every platform difference named for headers is one: without it these cases would fail", async ({ host }) => {
  const { repeatedHeader, cookieLines } = host.differences;
  if (repeatedHeader !== undefined) assert.ok(REPEATS.some((all) => repeatedHeader.expect(all) !== all.join(", ")));
  if (cookieLines !== undefined) assert.notEqual(cookieLines.expect(COOKIE_LINES), COOKIE_LINES.join("; "));
});
