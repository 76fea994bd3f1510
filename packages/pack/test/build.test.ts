import assert from "node:assert/strict";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type BuildResult, build } from "@tricast/pack";
import { unzipSync } from "fflate";
import { parseElf } from "../src/native/elf.ts";
import { scratch } from "./support/folders.ts";
import { REPOSITORY } from "./support/place.ts";
import { TestProject } from "./support/project.ts";

const folder = scratch();
/** Made where this machine is of the target's architecture. */
const CODE_CACHE = process.arch === "x64" || process.arch === "arm64" ? ["bundle.js", "bundle.v8-cache"] : [];

describe("iris, built for Lambda", () => {
  it("has exactly the files it needs, for its processor", async () => {
    const handlers = join(REPOSITORY, "handlers");
    const [result] = await build({
      predictor: "iris",
      handlers,
      out: join(folder, "iris"),
      targets: ["aws-lambda"],
      archs: ["arm64"],
    });
    const files = unzipSync(readFileSync(join(result?.folder ?? "", "function.zip")));
    assert.deepEqual(Object.keys(files), [
      "THIRD-PARTY-LICENSES.txt",
      ...(process.arch === "arm64" ? CODE_CACHE : []),
      "index.js",
      "iris.onnx",
      "onnxruntime/libonnxruntime.so.1",
      "onnxruntime/onnxruntime_binding.node",
    ]);
    for (const [path, bytes] of Object.entries(files))
      if (path.startsWith("onnxruntime/")) assert.equal(parseElf(bytes)?.machine, "arm64", path);
  });
});

describe("a second build", () => {
  it("does nothing where nothing changed, and mends what was changed in the output", async () => {
    const one = new TestProject(join(folder, "again"));
    const unchanged = async () => (await one.build())[0]?.unchanged;
    assert.deepEqual([await unchanged(), await unchanged()], [false, true]);
    const zip = join(one.out, "probe/aws-lambda-x64/function.zip");
    const good = readFileSync(zip);
    writeFileSync(zip, "broken");
    assert.deepEqual([await unchanged(), await unchanged()], [false, true]);
    assert.ok(readFileSync(zip).equals(good));
    rmSync(join(one.out, "probe/aws-lambda-x64/sbom.cdx.json"));
    assert.equal(await unchanged(), false);
    one.write({
      "predict.ts": readFileSync(join(one.root, "handlers/probe/predict.ts"), "utf8").replace("* 2", "* 3"),
    });
    assert.deepEqual([await unchanged(), await unchanged()], [false, true]);
  });

  it("that fails leaves what the one before it made", async () => {
    const one = new TestProject(join(folder, "fails"));
    await one.build();
    const before = one.left();
    one.write({ "aws-lambda.ts": "export const other = 1;" });
    await assert.rejects(one.build(), { code: "missing-export" });
    assert.deepEqual(one.left(), before);
  });
});

describe("a bundle", () => {
  const sourcesOf = ({ folder: made, manifest }: BuildResult): string[] => {
    const map = manifest.outputs.find(({ file }) => file.endsWith(".map"))?.file ?? "";
    return JSON.parse(readFileSync(join(made, map), "utf8")).sources as string[];
  };

  it("has an optional package of the server's where the project depends on it, and not where it is only installed", async () => {
    const one = new TestProject(join(folder, "peers"));
    symlinkSync(join(REPOSITORY, "node_modules/jose"), join(one.root, "node_modules/jose"));
    const hasJose = async () => {
      const [result] = await one.build({ targets: ["container"] });
      return result !== undefined && sourcesOf(result).some((source) => source.includes("node_modules/jose/"));
    };
    assert.equal(await hasJose(), false);
    writeFileSync(join(one.root, "package.json"), '{"name":"project","dependencies":{"jose":"*"}}');
    assert.equal(await hasJose(), true);
  });
});

describe("a predictor without a model file", () => {
  it("has no runtime where it does not load one", async () => {
    const [result] = await new TestProject(join(folder, "light")).build();
    const paths = result?.manifest.artefacts[0]?.files.map(({ path }) => path);
    assert.deepEqual(paths, ["THIRD-PARTY-LICENSES.txt", ...CODE_CACHE, "index.js"]);
  });
});
