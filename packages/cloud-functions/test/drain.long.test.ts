import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type GoogleProcess, startFramework } from "../../../test/e2e/support/google-process.ts";
import { type TemporaryApp, temporaryApp } from "../../../test/e2e/support/temporary-app.ts";
import { until } from "../../../test/e2e/support/until.ts";
import { json, postJson } from "../../../test/e2e/support/wire-client.ts";

const FRAMEWORK = "@google-cloud/functions-framework";

/** A predictor that waits, and prints when its model is released. */
const source = (name: string) => `
import { definePredictor } from "@tricast/core";
import { cloudFunctions } from "@tricast/cloud-functions";
cloudFunctions(definePredictor({
  name: "${name}",
  model: { uri: "made:${name}", load: () => ({}), dispose: () => console.log("released ${name}") },
  predict: async ({ sleepMs = 0 }) => {
    console.log("predicting");
    await new Promise((resolve) => setTimeout(resolve, sleepMs));
    return { slept: sleepMs };
  },
}));
`;

/** The second bundle has its own copy of tricast. */
const ENTRIES = {
  "other.ts": source("other"),
  "index.ts": `${source("main")}
process.getBuiltinModule("node:module").createRequire(__filename)("./other.js");
process.on("SIGTERM", () => console.log("the application's own listener"));
`,
};

describe("a process of the framework that is stopped", () => {
  let app: TemporaryApp;

  before(async () => {
    app = await temporaryApp(ENTRIES, { external: [FRAMEWORK], manifest: { main: "dist/index.js" } });
    mkdirSync(path.join(app.root, "node_modules/@google-cloud"), { recursive: true });
    symlinkSync(
      fileURLToPath(new URL(`../../../node_modules/${FRAMEWORK}`, import.meta.url)),
      path.join(app.root, "node_modules", FRAMEWORK),
    );
  });

  after(() => app.remove());

  const predicting = (framework: GoogleProcess, count: number) =>
    until(`${count} predictions`, () => framework.output().split("predicting").length - 1 === count);

  it("releases the models of every bundle once, and keeps the application's own listeners", async () => {
    const framework = await startFramework(app.root, "main");
    await until("both are loaded", () => postJson(framework.url, "/", {}).then(({ status }) => status === 200));
    assert.equal(await framework.stop(), 0);
    const printed = (text: string) => framework.output().split(text).length - 1;
    assert.equal(printed("the application's own listener"), 1);
    assert.equal(printed("released main"), 1);
    assert.equal(printed("released other"), 1);
  });

  it("answers a request in flight although the signal comes twice", async () => {
    const framework = await startFramework(app.root, "main");
    const answer = postJson(framework.url, "/", { sleepMs: 1_000 });
    await predicting(framework, 1);
    framework.child.kill("SIGTERM");
    const stopped = framework.stop("SIGINT");
    assert.deepEqual(json(await answer), { slept: 1_000 });
    assert.equal(await stopped, 0);
  });

  it("answers what was sent on an open connection, and then closes it", async () => {
    const framework = await startFramework(app.root, "main");
    const socket = connect(Number(new URL(framework.url).port), "127.0.0.1");
    const received = collect(socket);
    // Long enough that the signal arrives before the first response, also on a busy machine.
    for (const sleepMs of [4_000, 10]) socket.write(request({ sleepMs }));
    await predicting(framework, 2);
    assert.equal(await framework.stop(), 0);
    const text = await received;
    assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ["HTTP/1.1 200", "HTTP/1.1 200"]);
    assert.match(text, /"slept":4000.*"slept":10\}/s);
    assert.match(text, /connection: close/i);
  });

  it("gives up a request that takes longer than the platform waits, and exits with 1", async () => {
    const framework = await startFramework(app.root, "main");
    const answer = postJson(framework.url, "/", { sleepMs: 60_000 }).catch((error: unknown) => error);
    await predicting(framework, 1);
    assert.equal(await framework.stop(), 1);
    assert.ok((await answer) instanceof Error, "the connection breaks off");
  });
});

function request(body: object): string {
  const text = JSON.stringify(body);
  const head = `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${text.length}`;
  return `${head}\r\n\r\n${text}`;
}

function collect(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    socket.once("error", reject).once("close", () => resolve(text));
  });
}
