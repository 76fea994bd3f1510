import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { definePredictor } from "@tricast/core";
import { json, postJson } from "../../../test/e2e/support/wire-client.ts";
import { cloudFunctions } from "../src/index.ts";

const tell = definePredictor({
  name: "tell",
  load: () => ({}),
  predict: (_input: unknown, { invocation }) => ({ id: invocation.id, deadline: invocation.deadline ?? null }),
});

describe("an invocation", () => {
  const handler = cloudFunctions(tell);
  const server = createServer((request, response) => void handler(request, response));
  let origin: string;

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => server.close());

  const told = async (headers: readonly (readonly [string, string])[] = []) =>
    json(await postJson(origin, "/", {}, headers)) as { id: string; deadline: number | null };

  it("has the execution id of the platform, else one of its own in the same form", async () => {
    assert.equal((await told([["function-execution-id", "exec-1"]])).id, "exec-1");
    const ids = await Promise.all(Array.from({ length: 50 }, () => told()));
    for (const { id } of ids) assert.match(id, /^[a-z0-9]{12}$/);
    assert.equal(new Set(ids.map(({ id }) => id)).size, 50);
  });

  it("has no deadline where the timeout of the function is not a number of seconds", async (t) => {
    t.after(() => delete process.env.CLOUD_RUN_TIMEOUT_SECONDS);
    for (const timeout of ["", "0", "-5", "soon"]) {
      process.env.CLOUD_RUN_TIMEOUT_SECONDS = timeout;
      assert.equal((await told()).deadline, null, timeout);
    }
    process.env.CLOUD_RUN_TIMEOUT_SECONDS = "3600";
    assert.equal(typeof (await told()).deadline, "number");
  });
});
