import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask } from "./ask.ts";
import { compare } from "./compare.ts";
import { type GoldenCase, parseCases, readCases } from "./read-cases.ts";
import { isServer, type RunningServer, startServer } from "./servers.ts";

/** Fewer would mean that files were lost or not read. */
const LEAST_CASES = 355;

const cases = readCases();
const byServer = Map.groupBy(cases, ({ server }) => server);

// Within a file in order: some cases change what the next ones meet.
for (const [name, own] of byServer) {
  describe(`the server "${name}"`, () => {
    let server: RunningServer;
    before(async () => {
      server = await startServer(name);
    });
    after(() => server.stop());
    for (const golden of own) {
      it(`${golden.file}: ${golden.title}`, async () => compare(await ask(server, golden), golden));
    }
  });
}

describe("the golden cases", () => {
  it(`are ${LEAST_CASES} or more, of servers that there are, each with a title of its own`, () => {
    assert.ok(cases.length >= LEAST_CASES, `${cases.length} cases`);
    assert.deepEqual(
      [...byServer.keys()].filter((name) => !isServer(name)),
      [],
    );
    const titles = cases.map(({ file, title }) => `${file}: ${title}`);
    assert.deepEqual(
      titles.filter((title, index) => titles.indexOf(title) !== index),
      [],
    );
  });

  it("cover every contract, and its errors", () => {
    const contracts: Readonly<Record<string, RegExp>> = {
      "Open Inference Protocol": /^\/v2/,
      "version 1": /^\/v1\/models/,
      SageMaker: /^\/(ping|invocations|models)/,
      "Vertex AI": /^\/v1\/endpoints/,
      "Azure ML": /^\/(score)?$/,
    };
    for (const [contract, paths] of Object.entries(contracts)) {
      const own = cases.filter(({ path }) => paths.test(path));
      assert.ok(
        own.some(({ status }) => status === 200),
        `${contract}: something works`,
      );
      assert.ok(
        own.some(({ status }) => status >= 400),
        `${contract}: something fails`,
      );
    }
  });

  it("refuse answers with another status, header, member, number, byte or text", async () => {
    const golden = (expected: string): GoldenCase =>
      parseCases("x.txt", `@server x\n== x\nGET /\n--> 200\n${expected}\n`)[0]!;
    const answer = (body: string | Buffer, headers: Record<string, string> = { "content-type": "application/json" }) =>
      ({ status: 200, headers, body: Buffer.from(body) }) as const;
    const refused = (seen: ReturnType<typeof answer>, expected: string) =>
      assert.throws(() => compare(seen, golden(expected)), assert.AssertionError);
    compare(answer('{"a":[1,0.3000001,"b"]}'), golden('{"a": [1, 0.3, "*"]}'));
    refused({ ...answer("{}"), status: 201 as 200 }, "{}");
    refused(answer("{}"), "x-a: 1\n{}");
    refused(answer('{"a":1,"b":2}'), '{"a": 1}');
    refused(answer('{"a":2}'), '{"a": 1}');
    refused(answer('{"a":0.31}'), '{"a": 0.3}');
    refused(answer('{"a":9007199254740993}'), '{"a": 9007199254740992}');
    refused(answer("[]"), "{}");
    refused(answer('"ab"'), '"~ ^b"');
    refused(answer("{}"), "| {}");
    refused(answer(Buffer.of(1), { "content-type": "application/octet-stream" }), "<u8 2>");
    refused(answer("unexpected", {}), "");
  });
});
