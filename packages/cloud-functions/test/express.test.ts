import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { cloudFunctions } from "@tricast/cloud-functions";
import { definePredictor } from "@tricast/core";
import express5 from "express";
import express4 from "express4";
import { json, postJson } from "../../../test/e2e/support/wire-client.ts";

const half = definePredictor({ name: "half", load: () => ({}), predict: (input: number) => ({ half: input / 2 }) });

for (const [name, express] of Object.entries({ "express-4": express4, "express-5": express5 })) {
  describe(`cloudFunctions in an application of ${name}`, () => {
    test("answers where it is mounted, and the application answers the rest", async (t) => {
      // As in a process of the framework, which is when the server's listener is looked at.
      process.env.FUNCTION_TARGET = name;
      t.after(() => delete process.env.FUNCTION_TARGET);
      const handler = cloudFunctions(half, { name });
      const app = express();
      app.get("/mine", (_request, response) => void response.json({ mine: true }));
      app.use("/half", (request, response) => void handler(request, response));
      const origin = await open(t, app);
      assert.deepEqual(await (await fetch(`${origin}/mine`)).json(), { mine: true });
      assert.deepEqual(json(await postJson(origin, "/half/predict", 4)), { half: 2 });
    });

    test("does no harm to an application without middleware", async (t) => {
      cloudFunctions(half, { name: `${name}-bare` });
      assert.equal((await fetch(await open(t, express()))).status, 404);
    });
  });
}

async function open(t: { after(end: () => unknown): void }, app: ReturnType<typeof express5>): Promise<string> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
