import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { definePredictor } from "@tricast/core";
import { createServer, type InferenceServer } from "@tricast/server";
import iris from "../../handlers/iris/predict.ts";
import { clientDefinition } from "../../packages/server/test/support/client-definition.ts";
import { graphs, session } from "../../test/golden/server/servers.ts";
import { provideClients } from "./server-clients/python.ts";
import { startSageMakerProxy } from "./server-clients/sagemaker-proxy.ts";

/**
 * Runs foreign clients against our server: Triton's over HTTP and gRPC, KServe's over both versions of its
 * protocol, stubs that gRPC's own compiler makes from the published definition, boto3's SageMaker runtime client, and
 * schemathesis on the OpenAPI document. They come from PyPI, into a virtual environment that is kept in `.cache/`.
 */
const HERE = fileURLToPath(new URL("./server-clients/", import.meta.url));
const BOUND_MS = 300_000;

/** Never answers, for tests of deadlines: any other model may answer before its client checks the clock. */
const never = definePredictor({
  name: "never",
  predict: (_input: unknown, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
});

interface Address {
  readonly http: string;
  readonly grpc: string;
}

const programs = provideClients();
const skip = programs instanceof Error && `the clients cannot be had from PyPI: ${programs.message}`;

describe("clients that others wrote", { skip }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tricast-clients-"));
  const several = createServer([iris, session, never, ...graphs(folder)], {
    host: "127.0.0.1",
    port: 0,
    grpcPort: 0,
    modelControl: "on",
  });
  const sole = createServer(iris, { host: "127.0.0.1", port: 0, grpcPort: 0 });
  let address: Address;
  before(async () => {
    address = await start(several);
  });
  after(async () => {
    await Promise.all([several.stop(), sole.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });
  const python = (script: string, ...args: string[]) =>
    run(path.join(String(programs), "python"), [path.join(HERE, script), ...args]);

  it("Triton's over HTTP and gRPC", async () => allPassed(await python("triton.py", address.http, address.grpc)));

  it("KServe's, and stubs made of the published definition", async () => {
    const ours = path.join(folder, "definition.json");
    writeFileSync(ours, JSON.stringify(clientDefinition()));
    allPassed(await python("kserve_client.py", address.http, address.grpc, ours));
  });

  it("boto3's runtime client of SageMaker", async () => {
    const proxy = await startSageMakerProxy(Number(address.http.split(":")[1]));
    try {
      allPassed(await python("sagemaker.py", proxy.address));
    } finally {
      proxy.close();
    }
  });

  it("schemathesis on the OpenAPI document", async () => {
    const origin = `http://${(await start(sole)).http}`;
    const { status } = await run(path.join(String(programs), "schemathesis"), schemathesis(origin, folder));
    assert.equal(status, 0);
  });
});

/** Every status and form that the document does not describe is a failure. The examples are the same in each run. */
function schemathesis(origin: string, folder: string): string[] {
  const checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
  return [
    ...["run", `${origin}/openapi.json`, "--url", origin, "--checks", checks, "--max-examples", "30"],
    ...["--seed", "1", "--generation-database", "none", "--no-color", "--report-dir", folder],
  ];
}

async function start(server: InferenceServer): Promise<Address> {
  const { port } = await server.listen();
  const address = { http: `127.0.0.1:${port}`, grpc: `127.0.0.1:${server.grpcPort}` };
  for (let waited = 0; waited < BOUND_MS; waited += 50) {
    if ((await fetch(`http://${address.http}/v2/health/ready`)).ok) return address;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the server did not become ready");
}

interface Ran {
  readonly status: number;
  readonly stdout: string;
}

/** Runs a program and prints its output. */
async function run(program: string, args: readonly string[]): Promise<Ran> {
  console.log(`\n${path.basename(args[0] ?? program)} (${path.basename(program)})`);
  // Otherwise Python writes cache files beside the sources.
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(program, [...args], {
    env,
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "inherit"],
    timeout: BOUND_MS,
  });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    process.stdout.write(chunk);
  });
  const [status] = (await once(child, "close")) as [number | null];
  return { status: status ?? 1, stdout };
}

/** Programs of ours count their checks; one that ends without a count has failed. */
function allPassed({ status, stdout }: Ran): void {
  const [, passed, failed] = /(?:^|\n)(\d+) passed, (\d+) failed\s*$/.exec(stdout) ?? [];
  assert.deepEqual({ status, failed }, { status: 0, failed: "0" });
  assert.ok(Number(passed) > 0);
}
