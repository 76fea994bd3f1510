import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { openStore } from "@tricast/store";
import { promote, push } from "@tricast/store/publishing";
import { adder } from "./support/adder.ts";
import { type Answered, KeepAliveClient } from "./support/keep-alive-client.ts";
import { CLI, eventually, type ServerProcess, startServer, untilReady } from "./support/server-process.ts";
import { postJson } from "./support/wire-client.ts";

const VERSIONS = 4;
const CLIENTS = 2;
const WIDTH = 1024;

/** For each protocol: the request for the sum of `x` and the version, and the place of the sum in the answer. */
const PROTOCOLS = [
  { path: (name: string) => `/${name}/predict`, body: (x: number) => ({ x: [x] }), sum: (body: Body) => body.y?.[0] },
  {
    path: (name: string) => `/v2/models/${name}/infer`,
    body: (x: number) => ({ inputs: [{ name: "x", shape: [1], datatype: "FP32", data: [x] }] }),
    sum: (body: Body) => body.outputs?.[0]?.data[0],
  },
  {
    path: (name: string) => `/v1/models/${name}:predict`,
    body: (x: number) => ({ instances: [x] }),
    sum: (body: Body) => body.predictions?.[0],
  },
] as const;

interface Body {
  readonly y?: readonly number[];
  readonly outputs?: readonly { readonly data: readonly number[] }[];
  readonly predictions?: readonly number[];
}

/** Clients that send requests to one adder without a pause until they are stopped, and their answers. */
class Load {
  answers = 0;
  readonly wrong: string[] = [];
  /** The version that answered last. */
  serving = 0;
  private readonly name: string;
  private readonly client: KeepAliveClient;
  private readonly clients: Promise<unknown>;
  private stopped = false;

  /** `versionOf` returns the version that an answer names; `undefined` if it does not name one. */
  constructor(origin: string, name: string, versionOf: (answer: Answered) => number | undefined) {
    this.name = name;
    this.client = new KeepAliveClient(origin, CLIENTS);
    this.clients = Promise.all(Array.from({ length: CLIENTS }, (_, index) => this.run(index, versionOf)));
    // What a client failed with is thrown where the load is stopped.
    this.clients.catch(() => {
      this.stopped = true;
    });
  }

  /** Resolves once `look` holds; at once where the clients have failed. */
  until(what: string, look: () => boolean): Promise<unknown> {
    return eventually(what, () => this.stopped || look());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.clients;
    this.client.close();
  }

  private async run(index: number, versionOf: (answer: Answered) => number | undefined): Promise<void> {
    for (let count = index; !this.stopped; count += CLIENTS) {
      const { path, body, sum } = PROTOCOLS[count % PROTOCOLS.length]!;
      const answer = await this.client.post(path(this.name), JSON.stringify(body(count)));
      this.answers++;
      const version = answer.status === 200 ? sum(JSON.parse(answer.text) as Body)! - count : Number.NaN;
      const isWhole = Number.isInteger(version) && version >= 1 && version <= VERSIONS;
      if (!isWhole || version !== (versionOf(answer) ?? version)) this.wrong.push(`${path(this.name)}: ${answer.text}`);
      else this.serving = version;
    }
  }
}

function scratchFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "hot-swap-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Listening and ready; killed where the test fails before it stops it. */
async function serve(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const served = await startServer(args, env);
  t.after(() => served.child.kill("SIGKILL"));
  await untilReady(served.origin);
  return served;
}

const NAMES = ["first", "second", "third", "fourth"];
const SWAPS_OF_EACH = 50;
const REQUESTS_OF_EACH = 6_000;

test("24,000 requests while aliases move 200 times: none fails, and each is answered by one version", async (t) => {
  const root = scratchFolder(t);
  const store = await openStore(root);
  const files = Array.from({ length: VERSIONS }, (_, index) => join(root, `${index + 1}.onnx`));
  for (const [index, file] of files.entries()) writeFileSync(file, adder(index + 1, WIDTH));
  for (const name of NAMES) {
    for (const [index, file] of files.entries())
      await push(store, name, file, { describe: readOnnxHeader, version: `v${index + 1}` });
    await promote(store, name, "prod", "v1");
  }
  const addresses = NAMES.map((name) => [`TRICAST_MODEL_${name.toUpperCase()}`, join(root, `${name}@prod`)]);
  const served = await serve(t, ["test/e2e/support/stored-adders.ts"], {
    ...Object.fromEntries(addresses),
    ADDERS: NAMES.join(","),
    TRICAST_CACHE_DIR: join(root, "cache"),
  });

  const swapUnderLoad = async (name: string): Promise<Load> => {
    const load = new Load(served.origin, name, ({ headers }) =>
      Number(String(headers["x-tricast-model-version"]).slice(1)),
    );
    for (let swap = 1; swap <= SWAPS_OF_EACH; swap++) {
      const version = (swap % VERSIONS) + 1;
      await promote(store, name, "prod", `v${version}`);
      await load.until(`swap ${swap} of ${name}`, () => load.serving === version);
    }
    await load.until(`answers of ${name}`, () => load.answers >= REQUESTS_OF_EACH);
    await load.stop();
    return load;
  };

  const loads = await Promise.all(NAMES.map(swapUnderLoad));
  for (const { wrong } of loads) assert.deepEqual(wrong, []);
  assert.equal(await served.stop(), 0);
  assert.equal(served.output().split('"updated"').length - 1, NAMES.length * SWAPS_OF_EACH);
});

test("a model of a folder is replaced by its file's next version 25 times, and no request fails", async (t) => {
  const root = scratchFolder(t);
  const models = join(root, "models");
  mkdirSync(models);
  const put = (version: number): void => {
    // Never half a file where the server looks.
    writeFileSync(join(root, "next"), adder(version, WIDTH));
    renameSync(join(root, "next"), join(models, "adder.onnx"));
  };
  put(1);
  const served = await serve(t, [CLI, "serve", models, "--port", "0"], { TRICAST_MODEL_CONTROL: "on" });
  const load = new Load(served.origin, "adder", () => undefined);
  for (let swap = 1; swap <= 25; swap++) {
    const version = (swap % VERSIONS) + 1;
    put(version);
    assert.equal((await postJson(served.origin, "/v2/repository/models/adder/load", {})).status, 200);
    await load.until(`swap ${swap}`, () => load.serving === version);
  }
  await load.stop();
  assert.deepEqual(load.wrong, []);
  assert.equal(await served.stop(), 0);
});
