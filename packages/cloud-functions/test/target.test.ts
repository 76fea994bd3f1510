import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { definePredictor } from "@tricast/core";
import { postJson, send } from "../../../test/e2e/support/wire-client.ts";
import { cloudFunctions, cloudFunctionsEvent } from "../src/index.ts";

const seen: unknown[] = [];
const predictor = definePredictor({
  name: "target",
  load: () => ({}),
  predict: (input: unknown) => {
    seen.push(input);
    return { ok: true };
  },
});

async function listen(t: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** As in a process that was started with these arguments and this variable. */
function startedWith(t: TestContext, args: readonly string[], variable: string | undefined): void {
  const { argv } = process;
  process.argv = [...argv.slice(0, 2), ...args];
  if (variable !== undefined) process.env.FUNCTION_TARGET = variable;
  t.after(() => {
    process.argv = argv;
    delete process.env.FUNCTION_TARGET;
  });
}

/** The framework's application answers malformed JSON with a page of its own. */
async function isOurs(origin: string): Promise<boolean> {
  const { headers } = await postJson(origin, "/", "{");
  return headers.some(([name, value]) => name === "content-type" && value === "application/problem+json");
}

describe("the framework's application is replaced", () => {
  for (const [title, name, args, variable] of [
    ["by the flag with an equals sign", "a", ["--target=a"], undefined],
    ["by the flag and its value", "b", ["--port", "1", "--target", "b"], undefined],
    ["by the variable", "c", [], "c"],
    ["by the flag, where the variable names another", "d", ["--target=d"], "other"],
    ["by the framework's default name", "function", [], undefined],
  ] as const)
    it(`for the target that is named ${title}`, async (t) => {
      startedWith(t, args, variable);
      cloudFunctions(predictor, { name });
      assert.ok(await isOurs(await listen(t, getTestServer(name))));
    });
});

describe("the framework's application is left alone", () => {
  it("for any other target", async (t) => {
    startedWith(t, ["--target=another"], "mine");
    cloudFunctions(predictor, { name: "mine" });
    assert.equal(await isOurs(await listen(t, getTestServer("mine"))), false);
  });

  it("where it serves events, which it reads from what its parsers make", async (t) => {
    startedWith(t, [], "both");
    cloudFunctions(predictor, { name: "both" });
    cloudFunctionsEvent(predictor, { name: "both" });
    const origin = await listen(t, getTestServer("both"));
    const event = { specversion: "1.0", id: "1", type: "t", source: "//s", data: { value: 7 } };
    const { status } = await send(origin, {
      method: "POST",
      target: "/",
      headers: [["content-type", "application/cloudevents+json"]],
      body: Buffer.from(JSON.stringify(event)),
    });
    assert.equal(status, 204);
    assert.deepEqual(seen.at(-1), { value: 7 });
  });

  it("where the application has a second listener", async (t) => {
    startedWith(t, [], "second");
    cloudFunctions(predictor, { name: "second" });
    const server = getTestServer("second");
    server.on("request", () => {});
    assert.equal(await isOurs(await listen(t, server)), false);
    assert.equal(server.listenerCount("request"), 2);
  });
});
