import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { azureToken } from "@tricast/identity/azure";
import { googleHeaders } from "@tricast/identity/google";
import { Absence } from "../src/absence.ts";

/** A metadata service that keeps its replies until `isLate` is false. */
async function startMetadata(t: TestContext) {
  const state = { isLate: true, asked: 0 };
  const kept: ServerResponse[] = [];
  const server = createServer((_, response) => {
    state.asked++;
    if (state.isLate) return void kept.push(response);
    response.end(JSON.stringify({ access_token: "t0k3n", expires_in: 3600 }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { state, host: `127.0.0.1:${port}` };
}

const NOWHERE = { PATH: "/nothing", CLOUDSDK_CONFIG: "/nothing" };

describe("a metadata service that answers late", () => {
  test("is asked again by Google's credentials after a pause, and the reason names it", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const { state, host } = await startMetadata(t);
    const headers = googleHeaders("scope", {
      ...NOWHERE,
      GCE_METADATA_HOST: host,
      METADATA_SERVER_DETECTION: "ping-only",
    });
    assert.equal(headers.absence, undefined);
    assert.deepEqual(await headers(), {});
    assert.match(headers.absence ?? "", new RegExp(`the metadata server at ${host} gave no token within 1500 ms`));
    state.isLate = false;
    assert.deepEqual(await headers(), {}, "within the pause");
    t.mock.timers.tick(1_001);
    assert.deepEqual(await headers(), { authorization: "Bearer t0k3n" });
    assert.deepEqual([headers.absence, state.asked], [undefined, 2]);
  });

  test("is asked again by Azure's credentials after a pause, and the reason names every source", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const { state, host } = await startMetadata(t);
    const token = azureToken("https://storage.azure.com", {
      ...NOWHERE,
      AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${host}`,
    });
    assert.equal(await token(), undefined);
    assert.match(
      token.absence ?? "",
      new RegExp(`at ${host} gave no token within 1500 ms .*, the Azure CLI is not installed`),
    );
    state.isLate = false;
    t.mock.timers.tick(1_001);
    assert.equal(await token(), "t0k3n");
    assert.equal(token.absence, undefined);
  });

  test("is waited for longer each time, and the pause grows to a minute and not further", (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: 0 });
    const absence = new Absence();
    const seen: [number, number][] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const { timeoutMs } = absence;
      absence.begin("late");
      let pauseMs = 0;
      for (; absence.lasts; pauseMs += 500) t.mock.timers.tick(500);
      seen.push([timeoutMs, pauseMs]);
    }
    assert.deepEqual(seen.slice(0, 4), [
      [1500, 1000],
      [3000, 2000],
      [6000, 4000],
      [12000, 8000],
    ]);
    assert.deepEqual(seen.at(-1), [12000, 60000]);
    absence.end();
    assert.deepEqual([absence.timeoutMs, absence.lasts], [1500, false]);
  });
});

test("a metadata service is asked without the proxy of the environment", async (t) => {
  const { state, host } = await startMetadata(t);
  state.isLate = false;
  const { execFile } = await import("node:child_process");
  const code =
    'const { googleHeaders } = await import("@tricast/identity/google"); console.log(JSON.stringify(await googleHeaders("s")()));';
  const args = ["--conditions=@tricast/source", "--input-type=module", "-e", code];
  const proxy = { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" };
  const env = { ...NOWHERE, ...proxy, GCE_METADATA_HOST: host };
  const stdout = await new Promise<string>((resolve, reject) => {
    const cwd = import.meta.dirname;
    execFile(process.execPath, args, { env, cwd }, (error, out) => (error === null ? resolve(out) : reject(error)));
  });
  assert.deepEqual(JSON.parse(stdout), { authorization: "Bearer t0k3n" });
});
