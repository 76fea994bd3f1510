import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { madeUpImage, writeLayout } from "../../pack/test/image/support/made-up-base.ts";
import { type Finished, runCli, scratchFolder } from "./support/run-cli.ts";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const folder = scratchFolder();
const IRIS = join(folder, "handlers/iris");
const BUILD = ["build", "--predictor", "iris"];

/** A project of a user: the iris example, and what is installed. */
before(() => {
  cpSync(join(REPOSITORY, "handlers/iris"), IRIS, { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{"name":"mine","version":"1.0.0","type":"module"}');
});

/** Layers go to a folder of these tests. */
function tricast(args: readonly string[]): Promise<Finished> {
  return runCli(folder, args, { XDG_CACHE_HOME: join(folder, "cache"), DOCKER_CONFIG: folder });
}

interface Refusal {
  readonly args: readonly string[];
  readonly code: string;
  readonly says: RegExp;
}

/** One error, on standard error alone, and neither output nor a folder that was begun. */
async function refuses({ args, code, says }: Refusal): Promise<void> {
  const { exitCode, stdout, stderr } = await tricast([...BUILD, ...args]);
  assert.deepEqual([exitCode, stdout], [1, ""], stderr);
  assert.deepEqual(stderr.match(/^error .*?:/gm), [`error ${code}:`], stderr);
  assert.match(stderr, says);
  assert.doesNotMatch(stderr, /\n\s+at /, "no stack");
  assert.deepEqual(left(), []);
}

function left(): string[] {
  const out = join(folder, ".tricast");
  mkdirSync(out, { recursive: true });
  return readdirSync(out, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : /^\./.test(entry.name) ? [entry.name] : [],
  );
}

describe("tricast build, of what cannot work,", () => {
  it("says what is over a budget, by how much, which files are large and what can be done", async () => {
    const file = join(IRIS, "large.bin");
    writeFileSync(file, "");
    truncateSync(file, 270_000_000);
    await refuses({
      args: ["aws-lambda", "--include", "large.bin"],
      code: "over-budget",
      says: /aws-lambda unzipped: 316\.\d MB, and the limit is 262\.1 MB .*\n +270\.0 MB {2}large\.bin\n.*Ways out:\n {2}- /s,
    });
    rmSync(file);
  });

  it("names a target's own processor", () =>
    refuses({
      args: ["azure-functions", "--arch", "arm64"],
      code: "wrong-architecture",
      says: /azure-functions cannot be built for arm64: Azure Functions runs x64 only .* Build it for x64/,
    }));

  it("names the runtime's file that is for another processor", async () => {
    const onnxruntime = join(
      REPOSITORY,
      "node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/onnxruntime_binding.node",
    );
    const entry = join(IRIS, "aws-lambda.ts");
    const good = readFileSync(entry, "utf8");
    cpSync(onnxruntime, join(IRIS, "own.node"));
    writeFileSync(entry, `${good}\nexport const own = () => require("./own.node");\n`);
    await refuses({
      args: ["aws-lambda", "--arch", "x64"],
      code: "wrong-architecture",
      says: /own\.node cannot be loaded there: it is for arm64, and the target is AWS Lambda .* on x64\. To fix this, install/,
    });
    rmSync(join(IRIS, "own.node"));
    writeFileSync(entry, good);
  });

  it("shows the handler's export that is missing", async () => {
    const entry = join(IRIS, "aws-lambda.ts");
    const good = readFileSync(entry, "utf8");
    writeFileSync(entry, good.replace("const handler", "const handle"));
    await refuses({
      args: ["aws-lambda"],
      code: "missing-export",
      says: /aws-lambda\.ts .* has no export "handler"; write: .*export const handler = lambda\(predictor\);/,
    });
    writeFileSync(entry, good);
  });

  it("lists the places where the model is not", async () => {
    const model = join(IRIS, "iris.onnx");
    const bytes = readFileSync(model);
    rmSync(model);
    await refuses({
      args: ["aws-lambda"],
      code: "model-not-found",
      says: /model is "iris\.onnx", and no model is there\. Tried .*handlers\/iris\/iris\.onnx, which does not exist; .*iris\.onnx, which does not exist\. Put the model there/,
    });
    writeFileSync(model, bytes);
  });

  it("refuses a base on musl, and names one that suits", async () => {
    const base = await writeLayout(madeUpImage({ libc: "musl" }), join(folder, "musl"));
    await refuses({
      args: ["container", "--base", base],
      code: "image-base-unsuitable",
      says: /musl is built on musl, and the runtime's native library needs glibc: use .*node:24-slim/,
    });
  });

  it("refuses a base that has not both processors", async () => {
    const base = await writeLayout(madeUpImage({ architectures: ["amd64"] }), join(folder, "amd64"));
    await refuses({
      args: ["container", "--base", base, "--arch", "x64,arm64"],
      code: "image-base-unsuitable",
      says: /has no image for linux\/arm64; it has linux\/amd64/,
    });
  });

  it("says why a base cannot be read: no file, no archive, no registry", async () => {
    const text = join(folder, "text.tar");
    writeFileSync(text, "no archive");
    await refuses({
      args: ["container", "--base", "./nothing"],
      code: "image-base-unreadable",
      says: /the base image \.\/nothing cannot be read: the file or folder does not exist/,
    });
    await refuses({
      args: ["container", "--base", text],
      code: "image-base-unreadable",
      says: /text\.tar cannot be read/,
    });
    await refuses({
      // A port that nothing may listen on (tcpmux, reserved).
      args: ["container", "--base", "127.0.0.1:1/node:24"],
      code: "registry-unavailable",
      says: /the base image 127\.0\.0\.1:1\/node:24, which does not exist as a path, cannot be read from its registry: .*ECONNREFUSED/,
    });
  });

  it("refuses what no image can be pushed of", async () => {
    await refuses({
      args: ["aws-lambda", "--push", "a/b:1"],
      code: "invalid-option",
      says: /aws-lambda makes no image; build aws-lambda-image or container/,
    });
    await refuses({
      args: ["container", "--push", "a/b:1"],
      code: "invalid-option",
      says: /set one \(--base\), such as docker\.io\/library\/node:24-slim/,
    });
  });

  it("keeps what an earlier build left", async () => {
    const built = await tricast([...BUILD, "aws-lambda"]);
    assert.equal(built.exitCode, 0, built.stderr);
    const zip = join(folder, ".tricast/iris/aws-lambda-x64/function.zip");
    const [files, bytes] = [left(), readFileSync(zip)];
    const entry = join(IRIS, "aws-lambda.ts");
    const good = readFileSync(entry, "utf8");
    writeFileSync(entry, "export const other = 1;");
    const failed = await tricast([...BUILD, "aws-lambda"]);
    assert.equal(failed.exitCode, 1);
    assert.deepEqual(left(), files);
    assert.ok(readFileSync(zip).equals(bytes));
    writeFileSync(entry, good);
  });
});
