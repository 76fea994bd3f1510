import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryApp } from "../../test/e2e/support/temporary-app.ts";
import { AWS_EVENT_SOURCES } from "../../test/events/aws/sources.ts";
import { buildSqsEvent } from "../../test/events/aws/triggers.ts";
import type { EventSource, WireRequest } from "../../test/events/event-source.ts";

/**
 * Runs the iris handler under AWS's own two programs: the Runtime Interface Emulator (built with Go, or taken from
 * AWS's SAM CLI) and the runtime client (aws-lambda-ric), and compares its results with scikit-learn's.
 *
 * An emulator that is there already is used instead of a build: `TRICAST_RIE=/path/to/aws-lambda-rie`.
 */
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const MODULE = "github.com/aws/aws-lambda-runtime-interface-emulator";
const CACHE = path.join(REPOSITORY, "node_modules/.cache/aws-lambda-rie");
const READY_MS = 10_000;

interface Golden {
  readonly rows: readonly { readonly input: unknown; readonly label: string; readonly probabilities: number[] }[];
}

interface Prediction {
  readonly label: string;
  readonly probabilities: Readonly<Record<string, number>>;
}

const emulator = findEmulator();
const skip = emulator instanceof Error && `the AWS Runtime Interface Emulator cannot be had here: ${emulator.message}`;

describe("iris in AWS's emulator and runtime client", { skip }, () => {
  let app: Awaited<ReturnType<typeof temporaryApp>>;
  let running: Running;
  before(async () => {
    app = await temporaryApp(
      { "iris.ts": `export { handler } from "${path.join(REPOSITORY, "handlers/iris/aws-lambda.ts")}";` },
      { external: ["onnxruntime-node"], manifest: {} },
    );
    copyFileSync(path.join(REPOSITORY, "handlers/iris/iris.onnx"), path.join(app.root, "dist/iris.onnx"));
    running = await startEmulator(String(emulator), app.root);
  });
  after(async () => {
    await running?.stop();
    app?.remove();
  });
  for (const [name, check] of allChecks((event) => running.invoke(event)))
    it(name, () =>
      check().catch((error: Error) => {
        throw new Error(`${error.message}\n${running.log()}`, { cause: error });
      }),
    );
});

/** The emulator's program, or the reason why it is not available. */
function findEmulator(): string | Error {
  const given = process.env.TRICAST_RIE;
  if (given !== undefined) return existsSync(given) ? given : new Error(`TRICAST_RIE=${given} does not exist`);
  const cached = path.join(CACHE, "aws-lambda-rie");
  if (existsSync(cached)) return cached;
  mkdirSync(CACHE, { recursive: true });
  const problems: string[] = [];
  for (const [way, provide] of [
    ["built with go", () => buildEmulator()],
    ["unpacked from the SAM CLI", () => unpackEmulator(cached)],
  ] as const) {
    try {
      provide();
      return cached;
    } catch (error) {
      problems.push(`${way}: ${whyNot(error)}`);
    }
  }
  return new Error(problems.join("; "));
}

function buildEmulator(): void {
  const env = { ...process.env, GOBIN: CACHE, GOFLAGS: "-buildvcs=false" };
  execFileSync("go", ["install", `${MODULE}/cmd/aws-lambda-rie@latest`], { env, stdio: "pipe", timeout: 600_000 });
}

/** AWS's SAM CLI contains the emulator, one program per architecture, in samcli/local/rapid. */
const SAM_CLI = "aws-sam-cli==1.170.0";

function unpackEmulator(target: string): void {
  const folder = mkdtempSync(path.join(CACHE, "sam-cli-"));
  try {
    const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, SAM_CLI];
    execFileSync("python3", pip, { stdio: "pipe", timeout: 300_000 });
    const wheel = path.join(folder, readdirSync(folder)[0] ?? "");
    const member = `samcli/local/rapid/aws-lambda-rie-${process.arch === "arm64" ? "arm64" : "x86_64"}`;
    const unzip = "import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";
    const program = execFileSync("python3", ["-c", unzip, wheel, member], { maxBuffer: 64 * 2 ** 20 });
    writeFileSync(target, program, { mode: 0o755 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function whyNot(error: unknown): string {
  const { code, stderr, message } = error as { code?: string; stderr?: Buffer; message: string };
  if (code === "ENOENT") return "the program is not installed";
  return stderr?.toString().trim().split("\n").at(-1) || message;
}

interface Running {
  /** The caller's answer: the function's result, or its error's `errorType` and `errorMessage`. */
  invoke(event: unknown): Promise<unknown>;
  log(): string;
  stop(): Promise<void>;
}

async function startEmulator(emulator: string, taskRoot: string): Promise<Running> {
  const [port, apiPort] = [await freePort(), await freePort()];
  const bootstrap = writeBootstrap(taskRoot);
  const child = spawn(
    emulator,
    [
      "--log-level=error",
      `--runtime-interface-emulator-address=127.0.0.1:${port}`,
      `--runtime-api-address=127.0.0.1:${apiPort}`,
      bootstrap,
      "dist/iris.handler",
    ],
    {
      cwd: taskRoot,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { PATH: process.env.PATH, HOME: taskRoot },
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
  }
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
  await untilListening(port);
  return {
    async invoke(event) {
      const body = JSON.stringify(event);
      const response = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(60_000) });
      const text = await response.text();
      assert.ok(text !== "", `the emulator answered ${response.status} with nothing`);
      return JSON.parse(text) as unknown;
    },
    log: () => output,
    stop: () => stopGroup(child),
  };
}

/** Does the same as a base image's /var/runtime/bootstrap: starts the runtime client on the task's handler. */
function writeBootstrap(taskRoot: string): string {
  const preload = new URL("../../test/e2e/support/rapid-client.mjs", import.meta.url).href;
  const client = fileURLToPath(import.meta.resolve("aws-lambda-ric"));
  const environment = {
    LAMBDA_TASK_ROOT: taskRoot,
    NODE_PATH: path.join(REPOSITORY, "node_modules"),
    AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: "true",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
  };
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`);
  const command = `exec ${[process.execPath, "--import", preload, client].map(quote).join(" ")}`;
  const file = path.join(taskRoot, "bootstrap");
  writeFileSync(file, ["#!/bin/sh", ...exports, command, ""].join("\n"));
  chmodSync(file, 0o755);
  return file;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

async function untilListening(port: number): Promise<void> {
  const giveUp = Date.now() + READY_MS;
  while (Date.now() < giveUp) {
    try {
      await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(500) });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`the emulator did not listen on port ${port} within ${READY_MS} ms`);
}

/** The emulator's own process group: itself and the runtime client it started. */
async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await exit;
}

type Check = readonly [name: string, check: () => Promise<void>];

function allChecks(invoke: Running["invoke"]): readonly Check[] {
  const { rows } = JSON.parse(readFileSync(path.join(REPOSITORY, "test/golden/iris.json"), "utf8")) as Golden;
  assert.ok(rows.length > 0, "test/golden/iris.json has no rows");
  const perSource = AWS_EVENT_SOURCES.flatMap((source): Check[] => [
    [`${source.name}: every held-out row as scikit-learn`, () => checkPredictions(invoke, source, rows)],
    [`${source.name}: errors are problem responses`, () => checkErrors(invoke, source)],
  ]);
  return [
    ...perSource,
    [
      "direct invocation: every held-out row as scikit-learn",
      async () => {
        for (const row of rows) assertSame((await invoke(row.input)) as Prediction, row);
      },
    ],
    [
      "direct invocation: a wrong input is a function error under its code",
      async () => {
        assert.equal(((await invoke({ features: "x" })) as { errorType?: string }).errorType, "invalid-input");
      },
    ],
    [
      "SQS: the failed message is returned to the queue",
      async () => {
        const event = buildSqsEvent([JSON.stringify(rows[0]?.input), "{"]);
        assert.deepEqual(await invoke(event), { batchItemFailures: [{ itemIdentifier: "message-1" }] });
      },
    ],
    [
      "a ping is answered",
      async () => {
        const report = (await invoke({ source: "serverless-plugin-warmup" })) as { warmed?: boolean; state?: string };
        assert.deepEqual({ warmed: report.warmed, state: report.state }, { warmed: true, state: "ready" });
      },
    ],
  ];
}

function wire(body: string, target = "/predict"): WireRequest {
  return { method: "POST", target, headers: [["content-type", "application/json"]], body: Buffer.from(body) };
}

async function checkPredictions(invoke: Running["invoke"], source: EventSource, rows: Golden["rows"]): Promise<void> {
  const event = source.build(wire(JSON.stringify({ instances: rows.map(({ input }) => input) })));
  const { status, body } = source.read(await invoke(event), event);
  const text = Buffer.from(body).toString("utf8");
  assert.equal(status, 200, text);
  const { predictions } = JSON.parse(text) as { predictions: Prediction[] };
  assert.equal(predictions.length, rows.length);
  for (const [index, row] of rows.entries()) assertSame(predictions[index] as Prediction, row);
}

async function checkErrors(invoke: Running["invoke"], source: EventSource): Promise<void> {
  const codeOf = async (request: WireRequest): Promise<string> => {
    const event = source.build(request);
    const { status, body } = source.read(await invoke(event), event);
    return `${status} ${(JSON.parse(Buffer.from(body).toString("utf8")) as { code?: string }).code}`;
  };
  assert.equal(await codeOf(wire("{")), "400 invalid-json");
  assert.equal(await codeOf(wire('{"features":[1]}')), "422 invalid-input");
  assert.equal(await codeOf(wire("{}", "/nowhere")), "404 not-found");
}

function assertSame(prediction: Prediction, row: Golden["rows"][number]): void {
  assert.equal(prediction.label, row.label);
  const probabilities = Object.values(prediction.probabilities);
  assert.equal(probabilities.length, row.probabilities.length);
  for (const [index, probability] of probabilities.entries()) {
    assert.ok(Math.abs(probability - (row.probabilities[index] as number)) <= 1e-5, "a probability is off");
  }
}
