import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type BuildManifest, type BuildResult, build, type Target } from "@tricast/pack";
import { unpack } from "../../packages/pack/test/support/folders.ts";
import { type Expected, expectedOf, PREDICTORS } from "../../packages/pack/test/support/predictions.ts";
import { startServer } from "../../packages/pack/test/support/server.ts";
import { LambdaFunction } from "../../test/e2e/support/lambda-function.ts";
import { arm64Node } from "./arm64/emulator.ts";

/**
 * Runs artefacts for arm64 in Node for arm64: the Lambda functions of the examples in AWS's runtime client, and a
 * container over HTTP. Compares their responses with those of the sources on this machine. On x64 this needs QEMU's
 * user-mode emulation.
 */
const HANDLERS = fileURLToPath(new URL("../../handlers", import.meta.url));
/** Different processors add floats in different orders. */
const TOLERANCE = 1e-5;

type Program = readonly string[];

const node = arm64Node();
const skip = node instanceof Error && `programs for arm64 cannot be run here: ${node.message}`;

describe("artefacts for arm64", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tricast-arm64-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of PREDICTORS)
    it(`${name} on Lambda: every example as on ${process.arch}`, () => checkLambda(name, node as Program, folder));
  it(`iris in a container: every example as on ${process.arch}`, () => checkContainer("iris", node as Program, folder));
});

async function buildFor(predictor: string, target: Target, folder: string): Promise<BuildResult> {
  const out = join(folder, "out");
  const [result] = await build({ predictor, handlers: HANDLERS, targets: [target], archs: ["arm64"], out });
  assert.ok(result !== undefined);
  return result;
}

async function checkLambda(predictor: string, node: Program, folder: string): Promise<void> {
  const { folder: built, manifest } = await buildFor(predictor, "aws-lambda", folder);
  const taskRoot = join(folder, `${predictor}-task`);
  unpack(join(built, "function.zip"), taskRoot);
  const fn = await LambdaFunction.start({
    taskRoot,
    handler: manifest.settings.handler ?? "",
    // Its arguments begin with this process's Node, which this launcher replaces.
    launcher: ["sh", "-c", `exec ${node.map(quote).join(" ")} "$@"`],
  });
  try {
    for (const { input, body } of await examplesOf(predictor))
      assertClose(await fn.call(input, { timeoutMs: 120_000 }), JSON.parse(body));
  } finally {
    await fn.stop();
  }
}

async function checkContainer(predictor: string, node: Program, folder: string): Promise<void> {
  const { folder: built, manifest } = await buildFor(predictor, "container", folder);
  const app = join(folder, `${predictor}-container`);
  stage(built, manifest, app);
  const [, program = ""] = manifest.settings.command?.split(" ") ?? [];
  const server = await startServer(() => ["sh", "-c", 'cd "$0" && exec "$@"', app, ...node, program], {
    env: (port) => ({ PORT: String(port) }),
    ready: /"message":"ready"/,
  });
  try {
    for (const { input, body } of await examplesOf(predictor)) {
      const response = await fetch(`${server.url}/predict`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(input),
        signal: AbortSignal.timeout(120_000),
      });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      assertClose(JSON.parse(text), JSON.parse(body));
    }
  } finally {
    await server.stop();
  }
}

/** All groups in one folder, as in the image. */
function stage(built: string, { artefacts }: BuildManifest, app: string): void {
  mkdirSync(app);
  for (const { group, path } of artefacts[0]?.files ?? []) cpSync(join(built, group, path), join(app, path));
}

async function examplesOf(predictor: string): Promise<readonly Expected[]> {
  const examples = await expectedOf(predictor);
  assert.ok(examples.length > 0, `${predictor} has no examples`);
  return examples;
}

/** Whether two documents are equal, except for the last digits of numbers. */
function assertClose(actual: unknown, expected: unknown, at = ""): void {
  if (typeof expected === "number") {
    const isClose = typeof actual === "number" && Math.abs(actual - expected) <= TOLERANCE;
    assert.ok(isClose, `${at || "the answer"} is ${actual}, and ${expected} on ${process.arch}`);
  } else if (typeof expected === "object" && expected !== null) {
    assert.deepEqual(Object.keys(actual as object), Object.keys(expected), at);
    for (const [key, value] of Object.entries(expected))
      assertClose((actual as Record<string, unknown>)[key], value, `${at}/${key}`);
  } else assert.equal(actual, expected, at);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
