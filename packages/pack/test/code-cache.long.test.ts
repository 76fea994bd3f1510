import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { build } from "@tricast/pack";
import { LambdaFunction } from "../../../test/e2e/support/lambda-function.ts";
import { checksum, wrapped } from "../src/bundle/code-cache-loader.ts";
import { scratch, unpack } from "./support/folders.ts";
import { REPOSITORY } from "./support/place.ts";
import { type Expected, expectedOf } from "./support/predictions.ts";

const folder = scratch();
const made = join(folder, "made");
const CACHE = "bundle.v8-cache";
let expected: readonly Expected[];

before(async () => {
  expected = await expectedOf("iris");
  const archs = [process.arch === "arm64" ? "arm64" : "x64"] as const;
  const handlers = join(REPOSITORY, "handlers");
  const [result] = await build({
    predictor: "iris",
    handlers,
    targets: ["aws-lambda"],
    archs,
    out: join(folder, "out"),
  });
  unpack(join(result?.folder ?? "", "function.zip"), made);
});

/** Whether V8 takes the cache, in a process with these flags of its own. */
function isTaken(cache: string, flags: readonly string[] = []): boolean {
  const program = `
    const { readFileSync } = require("node:fs");
    const [source, cache] = process.argv.slice(1);
    const script = new (require("node:vm").Script)(readFileSync(source, "utf8"), { cachedData: readFileSync(cache) });
    console.log(script.cachedDataRejected);
  `;
  const source = join(folder, "wrapped.js");
  writeFileSync(source, wrapped(readFileSync(join(made, "bundle.js"), "utf8")));
  const run = spawnSync(process.execPath, [...flags, "--eval", program, source, cache], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trim() === "false";
}

async function assertPredicts(taskRoot: string, nodeOptions: readonly string[] = []): Promise<void> {
  assert.ok(expected.length > 0);
  const fn = await LambdaFunction.start({ taskRoot, handler: "index.handler", nodeOptions });
  try {
    for (const { input, body } of expected)
      assert.deepEqual(await fn.call(input, { timeoutMs: 30_000 }), JSON.parse(body));
  } finally {
    await fn.stop();
  }
}

/** The function with another cache, or none. */
function withCache(name: string, cache: Uint8Array | undefined): string {
  const taskRoot = join(folder, name);
  cpSync(made, taskRoot, { recursive: true });
  if (cache === undefined) rmSync(join(taskRoot, CACHE));
  else writeFileSync(join(taskRoot, CACHE), cache);
  return taskRoot;
}

describe("the code cache of a Lambda function", { skip: process.platform !== "linux" && "it is made on Linux" }, () => {
  it("is one that this V8 takes", async () => {
    assert.equal(isTaken(join(made, CACHE)), true);
    await assertPredicts(made);
  });

  it("is left aside by a V8 with other flags, which predicts all the same", async () => {
    // A flag that changes what is compiled is part of what V8 compares, as its version is.
    const flags = ["--no-flush-bytecode", "--stack-size=900"];
    assert.equal(isTaken(join(made, CACHE), flags), false);
    await assertPredicts(made, flags);
  });

  it("is left aside when it is of another version", async () => {
    const other = readFileSync(join(made, CACHE));
    // Its header is a magic number and then the hash of V8's version (v8: src/snapshot/code-serializer.h).
    other.writeUInt32LE((other.readUInt32LE(4) ^ 0xffff) >>> 0, 4);
    const taskRoot = withCache("other version", other);
    // As if the other version had made it with the build.
    const loader = join(taskRoot, "index.js");
    const sum = (cache: Uint8Array) => String(checksum(readFileSync(join(made, "bundle.js")), cache));
    const text = readFileSync(loader, "utf8");
    assert.ok(text.includes(sum(readFileSync(join(made, CACHE)))));
    writeFileSync(loader, text.replace(sum(readFileSync(join(made, CACHE))), sum(other)));
    assert.equal(isTaken(join(taskRoot, CACHE)), false);
    await assertPredicts(taskRoot);
  });

  it("is left aside when it is damaged, which V8 would crash on, is cut short or is empty", async () => {
    const good = readFileSync(join(made, CACHE));
    const damaged = Buffer.from(good);
    for (let at = 64; at < damaged.length; at += 97) damaged[at] = (damaged[at] as number) ^ 0xff;
    for (const [name, cache] of Object.entries({ damaged, cut: good.subarray(0, 1000), empty: Buffer.alloc(0) }))
      await assertPredicts(withCache(name, cache));
  });

  it("is left aside when the bundle is another of the same length", async () => {
    const taskRoot = withCache("other bundle", readFileSync(join(made, CACHE)));
    const bundle = join(taskRoot, "bundle.js");
    const text = readFileSync(bundle, "utf8");
    // Its schema now expects what the model does not say, which the cache knows nothing of.
    assert.ok(text.includes("setosa"));
    writeFileSync(bundle, text.replaceAll("setosa", "SETOSA"));
    const fn = await LambdaFunction.start({ taskRoot, handler: "index.handler" });
    try {
      await assert.rejects(fn.call(expected[0]?.input, { timeoutMs: 30_000 }), /Expected \(.{0,2}"SETOSA/);
    } finally {
      await fn.stop();
    }
  });

  it("may be missing", () => assertPredicts(withCache("missing", undefined)));
});
