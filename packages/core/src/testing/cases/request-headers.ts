import assert from "node:assert/strict";
import { definePredictor } from "../../predictor.ts";
import type { Host } from "../host.ts";
import { rounds } from "../random.ts";
import { check, serve } from "../suite.ts";
import { JSON_TYPE, jsonOf, post, type Send, type WireRequest } from "../wire.ts";

/** Returns the headers that it received. */
const teller = definePredictor({
  name: "teller",
  load: () => ({}),
  predict: (_input: unknown, { request }) => ({ ...request.headers }),
});

async function seen(send: Send, headers: WireRequest["headers"]): Promise<Record<string, unknown>> {
  return jsonOf(await send(post({}, { headers: [...JSON_TYPE, ...headers] })));
}

const REPEATS: readonly (readonly string[])[] = [
  ["1", "2"],
  ["a,b", "c"],
  ["x", "x", "y"],
];
const COOKIE_LINES = ["a=1", "b=2; c=3"];
const NAMES_OF_THE_PROTOTYPE = ["constructor", "valueof", "hasownproperty"];

export function requestHeaders(host: Host): void {
  const it = serve(host, () => ({ predictor: teller }));
  const { repeatedHeader, cookieLines } = host.differences;

  it("repeated headers arrive joined, in order", async ({ send }) => {
    const join = repeatedHeader?.expect ?? ((values: readonly string[]) => values.join(", "));
    for (const values of REPEATS) {
      const lines = values.map((value) => ["x-twice", value] as const);
      assert.equal((await seen(send, lines))["x-twice"], join(values));
      const spelled = values.map((value, index) => [index % 2 === 0 ? "X-Twice" : "x-TWICE", value] as const);
      assert.equal((await seen(send, spelled))["x-twice"], join(values));
    }
  });

  it("names of any case arrive in lower case", async ({ send }) => {
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
  });

  it("the media type is recognised in any letter case", async ({ send }) => {
    const csv = await send(post("1,2", { headers: [["CONTENT-TYPE", "TEXT/CSV"]] }));
    assert.ok(Array.isArray(jsonOf(csv).predictions));
  });

  it("any name and any visible value arrive", ({ send }) =>
    rounds(async (random) => {
      const names = new Set(random.list(1 + random.integer(3), () => random.headerName()));
      const value = random.headerValue();
      const got = await seen(
        send,
        [...names].map((name) => [name, value] as const),
      );
      for (const name of names) assert.equal(got[name], value);
    }));

  for (const name of NAMES_OF_THE_PROTOTYPE) {
    it(`a header named ${name} is a header like any other`, async ({ send }) => {
      assert.equal((await seen(send, [[name, "mine"]]))[name], "mine");
    });
  }

  it("a header named __proto__ breaks nothing, whether it arrives or not", async ({ send }) => {
    const got = await seen(send, [
      ["__proto__", "mine"],
      ["x-other", "kept"],
    ]);
    assert.equal(got["x-other"], "kept");
  });

  it("letters of Latin-1 in a value, which HTTP has always allowed, are kept", async ({ send }) => {
    const value = "caf\u00e9 \u00a1\u00ff";
    assert.equal((await seen(send, [["x-latin", value]]))["x-latin"], value);
  });

  it("UTF-8 in a value arrives as the same bytes", async ({ send }) => {
    // One character per byte on the wire (RFC 9110, 5.5). A predictor decodes them with Buffer.from(value, "latin1").
    const text = "é 😀";
    const value = Buffer.from(text, "utf8").toString("latin1");
    const got = (await seen(send, [["x-utf", value]]))["x-utf"];
    assert.equal(Buffer.from(String(got), "latin1").toString("utf8"), text);
  });

  it("cookies arrive in one header, commas and equals signs in them untouched", async ({ send }) => {
    for (const cookie of ["a=1", "a=1; b=2", 'a=1; b="x,y"; c=d=e', "theme=dark; session=aGk=; empty="]) {
      assert.equal((await seen(send, [["Cookie", cookie]])).cookie, cookie);
    }
  });

  it("several cookie lines, as HTTP/2 clients send them, are one header", async ({ send }) => {
    const join = cookieLines?.expect ?? ((lines: readonly string[]) => lines.join("; "));
    const lines = COOKIE_LINES.map((line) => ["cookie", line] as const);
    assert.equal((await seen(send, lines)).cookie, join(COOKIE_LINES));
  });

  it("a trace context arrives as it was sent", async ({ send }) => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert.equal((await seen(send, [["traceparent", traceparent]])).traceparent, traceparent);
  });

  check("every difference declared for headers is real: without it these cases would fail", () => {
    if (repeatedHeader !== undefined) assert.ok(REPEATS.some((all) => repeatedHeader.expect(all) !== all.join(", ")));
    if (cookieLines !== undefined) assert.notEqual(cookieLines.expect(COOKIE_LINES), COOKIE_LINES.join("; "));
  });
}
