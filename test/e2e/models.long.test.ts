import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { type ObjectStore, openStore, withRetries } from "@tricast/store";
import { promote, push, rollback } from "@tricast/store/publishing";
import { startAzurite } from "../support/stores/azurite.ts";
import { startGoogleServer } from "../support/stores/google-server.ts";
import { startS3Server } from "../support/stores/s3-server.ts";
import type { TestServer } from "../support/stores/test-server.ts";
import { withEnv } from "../support/stores/with-env.ts";

const STORES: Readonly<Record<string, () => Promise<TestServer>>> = {
  S3: startS3Server,
  "Azure Blob Storage": startAzurite,
  "Google Cloud Storage": startGoogleServer,
};
const PLATFORMS = ["aws-lambda", "azure-functions", "cloud-functions"] as const;

const IRIS = fileURLToPath(new URL("../../handlers/iris/iris.onnx", import.meta.url));
const CHILD = fileURLToPath(new URL("./support/serve-model.ts", import.meta.url));
const RECHECK_MS = 100;

interface Served {
  readonly status: number;
  readonly version?: string;
  readonly label?: string;
}

class Instance {
  private readonly child: ChildProcess;
  private readonly lines: Interface;

  constructor(platform: string, uri: string, options: object, env: Readonly<Record<string, string>>) {
    const args = ["--conditions=@tricast/source", CHILD, platform, uri, JSON.stringify(options)];
    this.child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
    this.lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
  }

  async predict(): Promise<Served> {
    this.child.stdin?.write("predict\n");
    const signal = AbortSignal.timeout(20_000);
    const [line] = (await once(this.lines, "line", { signal })) as [string];
    return JSON.parse(line) as Served;
  }

  /** Predicts until the version is served; every answer on the way must be right. */
  async until(version: string): Promise<void> {
    for (let turn = 0; turn < 1_000; turn++) {
      const seen = await this.predict();
      assert.deepEqual([seen.status, seen.label], [200, "setosa"]);
      if (seen.version === version) return;
      await sleep(RECHECK_MS / 2);
    }
    assert.fail(`${version} was not served within ${(1_000 * RECHECK_MS) / 2} ms`);
  }

  async kill(): Promise<void> {
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}

for (const [name, start] of Object.entries(STORES)) {
  describe(`models in ${name}`, { concurrency: false, timeout: 120_000 }, () => {
    let server: TestServer;
    let store: ObjectStore;
    let scratch: string;

    before(async () => {
      server = await start();
      scratch = await mkdtemp(join(tmpdir(), "tricast models "));
      await withEnv(server.env, async () => {
        store = withRetries(await openStore(server.uri, server.options));
        for (const version of ["v1", "v2"]) await push(store, "flowers", IRIS, { describe: readOnnxHeader, version });
      });
    });
    after(async () => {
      await server.close();
      await rm(scratch, { recursive: true });
    });

    for (const platform of PLATFORMS) {
      it(`are loaded by alias, promoted and rolled back under a running ${platform} instance`, () =>
        withEnv(server.env, async () => {
          await promote(store, "flowers", "prod", "v1");
          const options = { cacheDir: join(scratch, platform), recheckMs: RECHECK_MS, ...server.options };
          const instance = new Instance(platform, `${server.uri}/flowers@prod`, options, server.env);
          try {
            assert.deepEqual(await instance.predict(), { status: 200, version: "v1", label: "setosa" });
            await promote(store, "flowers", "prod", "v2");
            await instance.until("v2");
            await rollback(store, "flowers", "prod");
            await instance.until("v1");
          } finally {
            await instance.kill();
          }
        }));
    }
  });
}
