import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as buildArtefact } from "@tricast/pack";
import { build as esbuild, transform } from "esbuild";
import { unzipSync } from "fflate";

/** A function folder, made as one way of packaging makes it. */
export interface Contender {
  readonly name: ContenderName;
  readonly about: string;
  /** Fills the folder; the handler is `index.handler` in it. */
  make(folder: string): Promise<void>;
}

export type ContenderName = "floor" | "tricast, no schemas" | "tricast" | "bundled" | "tree + SDK";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const IRIS = join(ROOT, "handlers/iris");
const ARCH = process.arch === "arm64" ? "arm64" : "x64";
const ADDON = join(ROOT, "node_modules/onnxruntime-node/bin/napi-v6", process.platform, process.arch);

/** Only the runtime and the model: no packaging can be faster. */
const FLOOR = `
  class Tensor {
    constructor(type, data, dims) { this.type = type; this.data = data; this.dims = dims; }
    get location() { return "cpu"; }
  }
  const addon = require("./onnxruntime/onnxruntime_binding.node");
  addon.initOrtOnce(3, Tensor, true);
  const session = new addon.InferenceSession();
  session.loadModel(__dirname + "/iris.onnx", { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: "all", executionMode: "sequential", logSeverityLevel: 4 });
  const fetches = { label: null, probabilities: null };
  exports.handler = async ({ features }) => {
    const { label, probabilities } = session.run({ features: new Tensor("float32", Float32Array.from(features), [1, 4]) }, fetches);
    const [setosa, versicolor, virginica] = probabilities.data;
    return { label: label.data[0], probabilities: { setosa, versicolor, virginica } };
  };
`;

/** The iris example without its schemas. */
const PLAIN = `
  import { definePredictor } from "@tricast/core";
  import { onnx } from "@tricast/onnx";
  export default definePredictor({
    name: "iris",
    model: onnx("iris.onnx"),
    examples: [{ features: [5.1, 3.5, 1.4, 0.2] }],
    async predictBatch(flowers, { model }) {
      const { label, probabilities } = await model.run({ features: flowers.map(({ features }) => features) });
      return probabilities.toArray().map(([setosa, versicolor, virginica], i) => ({
        label: label.data[i],
        probabilities: { setosa, versicolor, virginica },
      }));
    },
  });
`;

export const CONTENDERS: readonly Contender[] = [
  { name: "floor", about: "the addon, the model, one handler function", make: makeFloor },
  {
    name: "tricast, no schemas",
    about: "our artefact of iris without input and output schemas",
    make: (folder) => makeOurs(folder, { "predict.ts": PLAIN }),
  },
  {
    name: "tricast",
    about: "our artefact of iris, input and output validated",
    make: (folder) => makeOurs(folder, {}),
  },
  {
    name: "bundled",
    about: "the same code, bundled with serverless-esbuild's settings, onnxruntime-node external",
    make: makeBundled,
  },
  {
    name: "tree + SDK",
    about: "the same code, not bundled, from node_modules, with an S3 client made at start",
    make: makeTree,
  },
];

async function makeFloor(folder: string): Promise<void> {
  cpSync(join(IRIS, "iris.onnx"), join(folder, "iris.onnx"));
  cpSync(ADDON, join(folder, "onnxruntime"), { recursive: true });
  writeFileSync(join(folder, "index.js"), FLOOR);
}

/** Built by the command that users have, unpacked as Lambda does. */
async function makeOurs(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const handlers = `${folder}-source`;
  const source = join(handlers, "iris");
  mkdirSync(source, { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(handlers, "node_modules"));
  for (const file of ["predict.ts", "aws-lambda.ts", "iris.onnx"]) cpSync(join(IRIS, file), join(source, file));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(source, file), text);
  const [result] = await buildArtefact({
    predictor: "iris",
    handlers,
    targets: ["aws-lambda"],
    archs: [ARCH],
    out: `${folder}-out`,
  });
  if (result === undefined) throw new Error("iris was not built");
  for (const [path, bytes] of Object.entries(unzipSync(readFileSync(join(result.folder, "function.zip"))))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
}

/** The defaults of the plugin, with the native package external. */
async function makeBundled(folder: string): Promise<void> {
  await esbuild({
    entryPoints: [join(IRIS, "aws-lambda.ts")],
    outfile: join(folder, "index.js"),
    bundle: true,
    minify: false,
    sourcemap: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    conditions: ["@tricast/source", "module"],
    external: ["onnxruntime-node", "@tricast/store"],
    logLevel: "error",
  });
  cpSync(join(IRIS, "iris.onnx"), join(folder, "iris.onnx"));
  linkModules(folder, ["onnxruntime-node"]);
}

const OWN = ["core", "onnx", "aws-lambda"];

/** Our packages as published, and all others as installed by npm. */
async function makeTree(folder: string): Promise<void> {
  const built = spawnSync(join(ROOT, "node_modules/.bin/tsc"), [
    "-b",
    ...OWN.map((name) => join(ROOT, "packages", name)),
  ]);
  if (built.status !== 0) throw new Error(`tsc: ${built.stdout}${built.stderr}`);
  for (const name of OWN) {
    const to = join(folder, "node_modules/@tricast", name);
    for (const part of ["package.json", "dist"])
      cpSync(join(ROOT, "packages", name, part), join(to, part), { recursive: true });
  }
  linkModules(folder, ["onnxruntime-node", "valibot", "@valibot", "@aws-sdk", "@smithy"]);
  for (const name of ["predict", "aws-lambda"]) {
    const { code } = await transform(readFileSync(join(IRIS, `${name}.ts`), "utf8"), { loader: "ts", format: "esm" });
    writeFileSync(join(folder, `${name}.mjs`), code.replaceAll('"./predict.ts"', '"./predict.mjs"'));
  }
  cpSync(join(IRIS, "iris.onnx"), join(folder, "iris.onnx"));
  const index = `
    import { S3Client } from "@aws-sdk/client-s3";
    export const client = new S3Client({ region: "eu-central-1" });
    export { handler } from "./aws-lambda.mjs";
  `;
  writeFileSync(join(folder, "index.mjs"), index);
}

/** Packages of this repository, by links: their place does not change their load time. */
function linkModules(folder: string, names: readonly string[]): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  for (const name of names)
    symlinkSync(realpathSync(join(ROOT, "node_modules", name)), join(folder, "node_modules", name));
}

/** Bytes of the folder's own files, without following links. */
export function scriptBytes(folder: string): number {
  const names = readdirSync(folder).filter((name) => /^index\.m?js$/.test(name));
  return names.reduce((total, name) => total + readFileSync(join(folder, name)).length, 0);
}
