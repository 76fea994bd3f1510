// The gs:// driver against fake-gcs-server, an independent server of Google's API written in Go. Needs Go.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createHttpClient } from "../../packages/store/src/drivers/http/client.ts";
import type { ObjectStore } from "../../packages/store/src/object-store.ts";
import { openStore } from "../../packages/store/src/open-store.ts";
import { testDriver } from "../../packages/store/test/drivers/test-driver.ts";
import { withEnv } from "../../test/support/stores/with-env.ts";

const SERVER = "github.com/fsouza/fake-gcs-server@v1.56.1";
const BUILD_MS = 15 * 60_000;
const START_MS = 20_000;

let folder: string;
let child: ChildProcess;
let address: string;
let store: ObjectStore;
const open = (uri: string) => withEnv({ STORAGE_EMULATOR_HOST: address }, () => openStore(uri));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tricast-gcs-"));
  const env = { ...process.env, GOBIN: folder };
  const { status, stderr, error } = spawnSync("go", ["install", SERVER], { env, encoding: "utf8", timeout: BUILD_MS });
  if (status !== 0) throw new Error(`go install ${SERVER} failed: ${error?.message ?? stderr}`);
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  const flags = [
    "-scheme",
    "http",
    "-host",
    "127.0.0.1",
    "-port",
    String(port),
    "-backend",
    "memory",
    "-public-host",
    "127.0.0.1",
  ];
  child = spawn(join(folder, "fake-gcs-server"), flags, { stdio: "ignore" });
  await createBucket("models");
  store = await open("gs://models/store");
});
after(async () => {
  const exited = once(child, "exit");
  child.kill();
  await exited;
  await rm(folder, { recursive: true });
});

testDriver({ store: () => store });

test("a bucket that does not exist is an error for writes", async (context) => {
  const absent = await open("gs://absent/store");
  // This server does not report which of the two is missing, so a read cannot either.
  await context.assert.rejects(absent.write("a", Buffer.from("a")), { code: "store-not-found" });
});

async function createBucket(name: string): Promise<void> {
  const url = new URL(`${address}/storage/v1/b?project=test`);
  const headers = { "content-type": "application/json" };
  const body = Buffer.from(JSON.stringify({ name }));
  for (const deadline = Date.now() + START_MS; ; ) {
    try {
      const reply = await createHttpClient().send({ method: "POST", url, headers, body });
      reply.body.destroy();
      if (reply.status === 200) return;
      throw new Error(`a new bucket was answered with ${reply.status}`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
