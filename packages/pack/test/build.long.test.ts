import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { type BuildResult, type BuiltArtefact, build } from "@tricast/pack";
import { unzipSync } from "fflate";
import { sha256 } from "../src/files/content.ts";
import { parseElf } from "../src/native/elf.ts";
import { listFiles, scratch } from "./support/folders.ts";
import { REPOSITORY } from "./support/place.ts";
import { TestProject } from "./support/project.ts";

const folder = scratch();
/** Of iris, minified: 1 % over what it was when the bound was set. */
const MOST_BUNDLE_BYTES = 144_500;
/** Made where this machine is of the target's architecture. */
const codeCache = (arch: string) => (arch === process.arch ? ["bundle.js", "bundle.v8-cache"] : []);
const BUNDLE = codeCache("x64")[0] ?? "index.js";
const handlers = join(REPOSITORY, "handlers");
const results = new Map<string, BuildResult>();

function resultOf(target: string): BuildResult {
  return results.get(target) ?? assert.fail(`${target} was not built`);
}

function zipOf(target: string): Record<string, Uint8Array> {
  const { folder, manifest } = resultOf(target);
  return unzipSync(readFileSync(join(folder, (manifest.artefacts[0] as BuiltArtefact).file)));
}

before(async () => {
  const built = await build({ predictor: "iris", handlers, out: folder, archs: ["x64", "arm64"], analyze: true });
  for (const result of built) results.set(`${result.manifest.target}-${result.manifest.arch}`, result);
});

describe("iris, built for every target", () => {
  it("is built for each architecture that a target has", () => {
    assert.deepEqual(
      [...results.keys()],
      [
        "aws-lambda-x64",
        "aws-lambda-arm64",
        "aws-lambda-image-x64",
        "aws-lambda-image-arm64",
        "azure-functions-x64",
        "cloud-functions-x64",
        "container-x64",
        "container-arm64",
      ],
    );
  });

  const SIZES = { x64: { unzipped: 48e6, zipped: 18.5e6 }, arm64: { unzipped: 28e6, zipped: 11e6 } };
  for (const [arch, most] of Object.entries(SIZES)) {
    it(`is a Lambda deployment of at most ${most.unzipped / 1e6} MB, ${most.zipped / 1e6} MB zipped, on ${arch}`, () => {
      const [zip] = resultOf(`aws-lambda-${arch}`).manifest.artefacts;
      assert.ok(
        zip !== undefined && zip.unzippedBytes <= most.unzipped && zip.bytes <= most.zipped,
        JSON.stringify([zip?.unzippedBytes, zip?.bytes]),
      );
    });

    it(`has on ${arch} exactly the files it needs, for that processor`, () => {
      const files = zipOf(`aws-lambda-${arch}`);
      assert.deepEqual(Object.keys(files), [
        "THIRD-PARTY-LICENSES.txt",
        ...codeCache(arch),
        "index.js",
        "iris.onnx",
        "onnxruntime/libonnxruntime.so.1",
        "onnxruntime/onnxruntime_binding.node",
      ]);
      for (const [path, bytes] of Object.entries(files)) {
        if (path.startsWith("onnxruntime/")) assert.equal(parseElf(bytes)?.machine, arch, path);
      }
    });
  }

  it("has a bundle that stays small", () => {
    const { bytes = Infinity } =
      resultOf("aws-lambda-x64").manifest.artefacts[0]?.files.find(({ path }) => path === BUNDLE) ?? {};
    assert.ok(bytes <= MOST_BUNDLE_BYTES, `${bytes} bytes; raise the bound only in the commit that needs it`);
  });

  it("has what Azure's host and worker look for", () => {
    const files = zipOf("azure-functions-x64");
    const read = (path: string) => JSON.parse(Buffer.from(files[path] ?? []).toString("utf8"));
    assert.deepEqual(read("host.json"), { version: "2.0" });
    assert.deepEqual(read("package.json"), {
      name: "iris",
      version: "1.0.0",
      private: true,
      type: "commonjs",
      main: "index.js",
    });
    assert.match(resultOf("azure-functions-x64").manifest.tried, /found iris, warmup$/);
  });

  it("has what Google's buildpack looks for, with the framework in the version that is installed", () => {
    const files = zipOf("cloud-functions-x64");
    const installed = JSON.parse(
      readFileSync(join(REPOSITORY, "node_modules/@google-cloud/functions-framework/package.json"), "utf8"),
    );
    const { main, dependencies } = JSON.parse(Buffer.from(files["package.json"] ?? []).toString("utf8"));
    assert.equal(main, "index.cjs");
    assert.deepEqual(dependencies, { "@google-cloud/functions-framework": installed.version });
    assert.ok(files["node_modules/.bin/functions-framework"] !== undefined);
    assert.equal(Object.keys(files).filter((path) => path.startsWith("node_modules/")).length, 4);
  });

  it("has for an image a Dockerfile, and in one folder per group what it copies", () => {
    const { folder } = resultOf("container-arm64");
    const dockerfile = readFileSync(join(folder, "Dockerfile"), "utf8");
    const copied = [...dockerfile.matchAll(/^COPY \S+ (\S+)\/ /gm)].map(([, name]) => name);
    assert.deepEqual(copied, ["runtime", "model", "handler"]);
    for (const name of copied) assert.ok(statSync(join(folder, name as string)).isDirectory());
    assert.match(dockerfile, /ENTRYPOINT \["node","index\.cjs"\]/);
    assert.match(
      readFileSync(join(resultOf("aws-lambda-image-x64").folder, "Dockerfile"), "utf8"),
      /CMD \["index\.handler"\]/,
    );
  });

  it("keeps the licenses of what is bundled", () => {
    const text = Buffer.from(zipOf("aws-lambda-x64")["THIRD-PARTY-LICENSES.txt"] ?? []).toString("utf8");
    for (const name of ["valibot 1.", "onnxruntime-node 1.30.0", "@valibot/to-json-schema 1."])
      assert.ok(text.includes(`\n${name}`), name);
    assert.match(text, /Permission is hereby granted/);
  });

  it("has no source map in the artefact, and one beside it that leads to the sources", () => {
    const { folder } = resultOf("aws-lambda-x64");
    const map = JSON.parse(readFileSync(join(folder, `${BUNDLE}.map`), "utf8")) as { sources: string[] };
    assert.ok(map.sources.includes("handlers/iris/predict.ts") && map.sources.includes("packages/core/src/service.ts"));
    assert.ok(!Buffer.from(zipOf("aws-lambda-x64")[BUNDLE] ?? []).includes("sourceMappingURL"));
  });

  it("reads models from files only, so that it has no client of a store", () => {
    const { folder } = resultOf("aws-lambda-x64");
    const { sources } = JSON.parse(readFileSync(join(folder, `${BUNDLE}.map`), "utf8")) as { sources: string[] };
    assert.deepEqual(
      sources.filter((source) => /@aws-sdk|packages\/store\//.test(source)),
      [],
    );
  });

  it("is shown as text and as a page that loads nothing", () => {
    const { analysis = "", folder } = resultOf("aws-lambda-x64");
    for (const part of ["libonnxruntime.so.1", "@tricast/core@", "valibot@", "your code", "imported by"])
      assert.ok(analysis.includes(part), part);
    const page = readFileSync(join(folder, "analysis.html"), "utf8");
    for (const part of ["with the runtime (", "@tricast/core@", "valibot@", "service.ts", "iris.onnx", "imported by"])
      assert.ok(page.includes(part), part);
    assert.ok(page.length < 250_000, `${page.length} characters`);
    const loading = /<(script|link|img|iframe)\b[^>]*\b(src|href)="(?!data:)|@import|\bfetch\(|XMLHttpRequest/.exec(
      page,
    );
    assert.equal(loading?.[0], undefined);
    // Names of XML namespaces, which nothing fetches.
    const addresses = page.match(/https?:\/\/[\w.-]+/g) ?? [];
    assert.deepEqual([...new Set(addresses)], ["http://www.w3.org"]);
  });
});

describe("build.json", () => {
  it("has the size and digest of every file, as it is in the artefact and in the folder", () => {
    for (const { manifest, folder } of results.values()) {
      for (const { file, bytes, sha256: digest } of manifest.outputs) {
        const content = readFileSync(join(folder, file));
        assert.deepEqual([content.length, sha256(content)], [bytes, digest], file);
      }
      assert.deepEqual([...manifest.outputs.map(({ file }) => file), "build.json"].sort(), listFiles(folder));
    }
    const files = zipOf("cloud-functions-x64");
    const [zip] = resultOf("cloud-functions-x64").manifest.artefacts;
    assert.deepEqual(
      zip?.files.map(({ path, bytes, sha256 }) => [path, bytes, sha256]),
      Object.entries(files).map(([path, bytes]) => [path, bytes.length, sha256(bytes)]),
    );
  });

  it("has the origin of each file, and the settings for the platform", () => {
    const { manifest } = resultOf("aws-lambda-arm64");
    assert.deepEqual(manifest.settings, { handler: "index.handler", runtime: "nodejs24.x", architecture: "arm64" });
    assert.deepEqual(manifest.models, [{ key: "model", uri: "iris.onnx", path: "iris.onnx" }]);
    const origin = (path: string) => manifest.artefacts[0]?.files.find((file) => file.path === path)?.origin ?? "";
    assert.match(origin("onnxruntime/libonnxruntime.so.1"), /^onnxruntime-node@1\.30\.0\/bin\/napi-v6\/linux\/arm64\//);
    assert.match(origin("iris.onnx"), /model "iris\.onnx"/);
  });
});

describe("the bill of materials", () => {
  it("is a CycloneDX 1.6 document by the strict schema, for every target", async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    for (const { folder } of results.values()) {
      assert.equal(await validator.validate(readFileSync(join(folder, "sbom.cdx.json"), "utf8")), null);
    }
  });

  it("lists bundled packages, the runtime with its files, and the model", () => {
    const { folder, manifest } = resultOf("azure-functions-x64");
    const { components } = JSON.parse(readFileSync(join(folder, "sbom.cdx.json"), "utf8")) as {
      components: Component[];
    };
    const find = (name: string) => components.find((one) => one.name === name) ?? assert.fail(`${name} is not listed`);
    assert.match(find("valibot").purl ?? "", /^pkg:npm\/valibot@1\./);
    assert.equal(find("functions").group, "@azure");
    assert.deepEqual(
      find("onnxruntime-node").components?.map(({ name }) => name),
      ["onnxruntime/libonnxruntime.so.1", "onnxruntime/onnxruntime_binding.node"],
    );
    const model = manifest.artefacts[0]?.files.find(({ path }) => path === "iris.onnx");
    assert.deepEqual(find("iris.onnx").hashes, [{ alg: "SHA-256", content: model?.sha256 }]);
  });
});

interface Component {
  readonly name: string;
  readonly group?: string;
  readonly purl?: string;
  readonly components?: readonly Component[];
  readonly hashes?: readonly object[];
}

describe("an image target with a base", () => {
  it("is a finished image, with equal digests wherever it is built", async () => {
    const make = async (out: string) => {
      const [result] = await build({
        predictor: "iris",
        handlers,
        targets: ["container"],
        out,
        base: "scratch",
        archs: ["arm64"],
      });
      return result ?? assert.fail();
    };
    const { folder: made, manifest } = await make(join(folder, "image one"));
    const [platform] = manifest.image?.platforms ?? [];
    const layout = JSON.parse(readFileSync(join(made, "image/index.json"), "utf8")) as {
      manifests: { digest: string }[];
    };
    assert.deepEqual(
      layout.manifests.map(({ digest }) => digest),
      [manifest.image?.digest],
    );
    assert.deepEqual(
      platform?.layers.map(({ name }) => name),
      ["runtime", "model", "handler"],
    );
    const [one] = manifest.artefacts;
    assert.ok((platform?.bytes ?? 0) > 10e6 && (platform?.bytes ?? 0) < (one?.bytes ?? 0));
    assert.equal((await make(join(folder, "image two"))).manifest.image?.digest, manifest.image?.digest);
    assert.equal((await make(join(folder, "image two"))).unchanged, true);
  });
});

describe("a bundle", () => {
  const sourcesOf = ({ folder: made, manifest }: BuildResult): string[] => {
    const map = manifest.outputs.find(({ file }) => file.endsWith(".map"))?.file ?? "";
    return JSON.parse(readFileSync(join(made, map), "utf8")).sources as string[];
  };

  it("has worker threads for hosts that give an instance several requests, and for Managed Instances", async () => {
    const isThere = (result: BuildResult) =>
      sourcesOf(result).some((source) => source.endsWith("execution/execute.ts"));
    assert.deepEqual(
      ["aws-lambda-x64", "aws-lambda-image-x64", "azure-functions-x64", "cloud-functions-x64", "container-x64"].map(
        (target) => isThere(resultOf(target)),
      ),
      [false, false, true, true, true],
    );
    const out = join(folder, "managed");
    const [managed] = await build({
      predictor: "iris",
      handlers,
      out,
      targets: ["aws-lambda"],
      managedInstances: true,
    });
    assert.ok(managed !== undefined && isThere(managed));
  });
});

describe("a predictor without a model file", () => {
  it("has the store's client where its model is in a store", async () => {
    const predict = `
      import { definePredictor } from "@tricast/core";
      import { onnx } from "@tricast/onnx";
      export default definePredictor({ name: "probe", model: onnx("gs://bucket/models/probe"), predict: () => 1 });
    `;
    const one = new TestProject(join(folder, "stored"), { "predict.ts": predict });
    const sourcesOf = async (stores: readonly "s3"[]) => {
      const [result] = await one.build({ stores });
      assert.deepEqual(result?.manifest.models, [{ key: "model", uri: "gs://bucket/models/probe" }]);
      return JSON.parse(readFileSync(join(result.folder, "index.js.map"), "utf8")).sources as string[];
    };
    const google = await sourcesOf([]);
    assert.ok(
      google.some((source) => source.includes("store/src/drivers/gs/")) &&
        !google.some((source) => source.includes("@aws-sdk")),
    );
    assert.ok((await sourcesOf(["s3"])).some((source) => source.includes("@aws-sdk")));
  });
});
