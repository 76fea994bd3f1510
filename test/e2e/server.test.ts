import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "./support/until.ts";
import { json, postJson, send } from "./support/wire-client.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

interface Process {
  readonly origin: string;
  readonly child: ChildProcess;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Node running `args` in the repository; listening when it resolves. */
async function startNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Process> {
  const child = spawn(process.execPath, ["--conditions=@tricast/source", ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, TRICAST_LOG_LEVEL: "info", TRICAST_HOST: "127.0.0.1", TRICAST_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const ended = exited.then((code) => Promise.reject(new Error(`ended with ${code}:\n${printed}`)));
  const port = await Promise.race([portIn(() => printed), ended]);
  ended.catch(() => {});
  return {
    origin: `http://127.0.0.1:${port}`,
    child,
    stop: () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** A machine that is busy takes its time to load a model. */
async function portIn(output: () => string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await until("the port", () =>
        /"port":(\d+)|http:\/\/127\.0\.0\.1:(\d+)/.exec(output())?.slice(1).find(Boolean),
      );
    } catch (error) {
      if (attempt === 6) throw error;
    }
  }
}

/** A folder is looked through after the port is open. */
async function ready(origin: string): Promise<void> {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    if ((await send(origin, { target: "/ready" })).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("not ready within 2,000 looks");
}

for (const name of ["iris", "digits", "language"]) {
  describe(`handlers/${name}/server.ts`, () => {
    let served: Process;
    before(async () => {
      served = await startNode([`handlers/${name}/server.ts`]);
    });
    after(async () => {
      assert.equal(await served.stop(), 0);
    });

    test("answers its examples, at / and below its name too", async () => {
      const { default: predictor } = await import(`../../handlers/${name}/predict.ts`);
      for (const target of ["/predict", "/", `/${name}/predict`]) {
        const answer = await postJson(served.origin, target, { instances: predictor.definition.examples });
        assert.equal(answer.status, 200, Buffer.from(answer.body).toString());
        assert.equal((json(answer).predictions as unknown[]).length, predictor.definition.examples.length);
      }
    });

    test("is ready, alive, and known to every protocol", async () => {
      for (const target of ["/ready", "/live", "/health", "/ping", `/v2/models/${name}/ready`, `/v1/models/${name}`]) {
        assert.equal((await send(served.origin, { target })).status, 200, target);
      }
      const index = await postJson(served.origin, "/v2/repository/index", {});
      assert.match(Buffer.from(index.body).toString(), new RegExp(`"name":"${name}".*"state":"READY"`));
    });
  });
}

describe("tricast serve", () => {
  const CLI = "packages/cli/src/main.ts";

  test("a predictor's folder", async () => {
    const served = await startNode([CLI, "serve", "handlers/iris", "--port", "0"]);
    assert.equal((await postJson(served.origin, "/predict", { features: [5.1, 3.5, 1.4, 0.2] })).status, 200);
    assert.equal(await served.stop(), 0);
  });

  test("a model file, with no code", async () => {
    const served = await startNode([CLI, "serve", "handlers/iris/iris.onnx", "--port", "0", "--host", "127.0.0.1"]);
    const answer = await postJson(served.origin, "/predict", { features: [[5.1, 3.5, 1.4, 0.2]] });
    assert.deepEqual(json(answer).label, ["setosa"]);
    assert.equal(json(await send(served.origin, { target: "/metadata" })).name, "iris");
    assert.equal(await served.stop(), 0);
  });

  test("a folder of models, by the names of their files", async (t) => {
    const root = mkdtempSync(join(tmpdir(), "models-"));
    t.after(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, "Flowers", "2"), { recursive: true });
    cpSync(join(REPOSITORY, "handlers/iris/iris.onnx"), join(root, "Flowers", "2", "model.onnx"));
    cpSync(join(REPOSITORY, "handlers/iris/iris.onnx"), join(root, "iris_2.onnx"));
    const served = await startNode([CLI, "serve", root, "--port", "0"]);
    await ready(served.origin);
    for (const name of ["Flowers", "iris_2"]) {
      const answer = await postJson(served.origin, `/${name}/predict`, { features: [[5.1, 3.5, 1.4, 0.2]] });
      assert.deepEqual(json(answer).label, ["setosa"]);
    }
    assert.equal(await served.stop(), 0);
  });

  test("what is nothing of these is named", async () => {
    await assert.rejects(startNode([CLI, "serve", "no-such-thing"]), /no-such-thing does not exist/);
    await assert.rejects(startNode([CLI, "serve", "handlers/iris/MODEL.md"]), /ended with 1/);
  });
});
