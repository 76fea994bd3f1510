import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type AnyPredictor, definePredictor, TricastError } from "@tricast/core";
import { onnx } from "@tricast/onnx";
import {
  createFolderServer,
  createServer,
  type InferenceServer,
  type ModelOnDisk,
  type ServerOptions,
} from "@tricast/server";
import iris from "../../../handlers/iris/predict.ts";
import { classifier, overridable } from "../../../packages/onnx/test/support/classifier.ts";
import { embedding, sideBySide } from "../../../packages/onnx/test/support/embedding.ts";
import {
  identity,
  type OnnxTypeName,
  type ValueSpec,
  writeOnnx,
} from "../../../packages/onnx/test/support/onnx-writer.ts";

/** A server that cases are asked of: of predictors, or of what a folder has in it. */
interface GoldenServer {
  readonly predictors?: (folder: string) => readonly AnyPredictor[];
  readonly fill?: (folder: string) => void;
  readonly options?: ServerOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its models become ready; default true. */
  readonly ready?: boolean;
}

const DATATYPES: Readonly<Record<string, OnnxTypeName>> = {
  bool: "bool",
  uint8: "uint8",
  uint16: "uint16",
  uint32: "uint32",
  uint64: "uint64",
  int8: "int8",
  int16: "int16",
  int32: "int32",
  int64: "int64",
  fp16: "float16",
  fp32: "float32",
  fp64: "float64",
  bytes: "string",
};

/** Models without code: one for each datatype, which gives back `[n, 2]` as it came, and others by what they show. */
export function graphs(folder: string): AnyPredictor[] {
  const served = (name: string, bytes: Uint8Array) => graph(folder, name, bytes);
  return [
    ...Object.entries(DATATYPES).map(([name, type]) => served(name, identity(type, ["n", 2]))),
    served("arithmetic", arithmetic()),
    served("vector", identity("float32", ["n"])),
    served("fixed", identity("float32", [2, 2])),
    served("cube", identity("uint8", ["n", "h", "w"])),
    served("open", identity("uint8", ["n", "h", 2])),
    served("words", identity("string", ["n"])),
  ];
}

function graph(folder: string, name: string, bytes: Uint8Array): AnyPredictor {
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, bytes);
  return definePredictor({ name, model: onnx(path) });
}

/** Models whose operators refuse values that their shapes and types allow. */
function picky(folder: string): AnyPredictor[] {
  return [graph(folder, "embedding", embedding()), graph(folder, "side-by-side", sideBySide())];
}

/** Models whose files are changed in memory: a classifier with a map of probabilities, and an optional input. */
function changed(folder: string): AnyPredictor[] {
  return [
    graph(folder, "classifier", classifier(["setosa", "versicolor"])),
    graph(folder, "overridable", overridable()),
  ];
}

/** Two inputs and three outputs: `sum` and `difference` of `[n, 2]`, and the column of the largest sum in each row. */
function arithmetic(): Uint8Array {
  const matrix = (name: string): ValueSpec => ({ name, type: "float32", shape: ["n", 2] });
  return writeOnnx({
    nodes: [
      { op: "Add", inputs: ["a", "b"], outputs: ["sum"] },
      { op: "Sub", inputs: ["a", "b"], outputs: ["difference"] },
      { op: "ArgMax", inputs: ["sum"], outputs: ["most"], attributes: { axis: 1, keepdims: 0 } },
    ],
    inputs: [matrix("a"), matrix("b")],
    outputs: [matrix("sum"), matrix("difference"), { name: "most", type: "int64", shape: ["n"] }],
  });
}

interface Person {
  readonly name: string;
  readonly body: { readonly height: number; readonly weight: number };
}

/** Predictors with code, by what their inputs and outputs are. */
function functions(): AnyPredictor[] {
  return [
    definePredictor({ name: "half", examples: [4], predict: (input: number) => input / 2 }),
    definePredictor({
      name: "people",
      version: "3",
      examples: [{ name: "Ada", body: { height: 1.7, weight: 60 } }],
      inputJsonSchema: {
        type: "object",
        properties: {
          name: { type: "string" },
          body: { type: "object", properties: { height: { type: "number" }, weight: { type: "number" } } },
        },
      },
      outputJsonSchema: {
        type: "object",
        properties: { greeting: { type: "string" }, tall: { type: "boolean" }, bmi: { type: "number" } },
      },
      predict: ({ name, body }: Person, { parameters }) => ({
        greeting: `${parameters.greeting ?? "Hello"} ${name}`,
        tall: body.height > 1.8,
        bmi: body.weight / body.height ** 2,
      }),
    }),
    definePredictor({
      name: "reverse",
      examples: [{ image: Uint8Array.of(1, 2) }],
      predict: ({ image }: { image: Uint8Array }) => ({
        image_bytes: Uint8Array.from(image).reverse(),
        size: image.length,
      }),
    }),
    definePredictor({
      name: "picky",
      examples: [{ x: 1 }],
      predict({ x }: { x: unknown }) {
        if (x === 13) throw new TricastError("invalid-input", `x is ${x}; it must be another number`);
        if (x === 14) throw new Error("a secret of the predictor");
        return x === 15 ? { nothing: null } : { x };
      },
    }),
  ];
}

/** Says what it was sent of SageMaker's headers, and sends some back. */
export const session = definePredictor({
  name: "session",
  examples: [{ text: "hello" }],
  predict({ text }: { text: string }, { request, responseHeaders }) {
    const { headers } = request;
    if (text === "long") responseHeaders["x-amzn-sagemaker-custom-attributes"] = "x".repeat(1025);
    else responseHeaders["x-amzn-sagemaker-custom-attributes"] = "trace=7";
    if (headers["x-amzn-sagemaker-session-id"] === "NEW_SESSION")
      responseHeaders["x-amzn-sagemaker-new-session-id"] = "abc; Expires=2030-01-01T00:00:00Z";
    return { text, attributes: headers["x-amzn-sagemaker-custom-attributes"] ?? "none" };
  },
});

const broken = definePredictor({
  name: "broken",
  load: async (): Promise<object> => {
    throw new TricastError("model-not-found", "nothing at /secret/place");
  },
  predict: () => 0,
});

const AIP = {
  AIP_HEALTH_ROUTE: "/v1/endpoints/7/deployedModels/8",
  AIP_PREDICT_ROUTE: "/v1/endpoints/7/deployedModels/8:predict",
};

/** Two versions of one model, which give different outputs, and a model of one file. */
function fillRepository(folder: string): void {
  put(folder, "flip/1/model.onnx", negation(1));
  put(folder, "flip/2/model.onnx", negation(2));
  put(folder, "lone.onnx", identity("int32", ["n"]));
}

/** As SageMaker unpacks models; one is of a terabyte, of which nothing is stored. */
function fillModels(folder: string): void {
  put(folder, "same/model/model.onnx", identity("float32", ["n", 2]));
  put(folder, "huge/model/model.onnx", new Uint8Array());
  truncateSync(join(folder, "huge/model/model.onnx"), 2 ** 40);
}

function put(folder: string, path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

/** As many times over. */
function negation(times: number): Uint8Array {
  const value = (name: string): ValueSpec => ({ name, type: "float32", shape: ["n"] });
  const names = ["x", ...Array.from({ length: times - 1 }, (_, index) => `t${index}`), "y"];
  return writeOnnx({
    nodes: names.slice(1).map((name, index) => ({ op: "Neg", inputs: [names[index]!], outputs: [name] })),
    inputs: [value("x")],
    outputs: [value("y")],
  });
}

const SERVERS: Readonly<Record<string, GoldenServer>> = {
  graphs: { predictors: graphs, options: { modelControl: "on" } },
  functions: { predictors: functions },
  picky: { predictors: picky },
  changed: { predictors: changed },
  "picky-alone": { predictors: (folder) => picky(folder).filter(isOne("embedding")), env: AIP },
  iris: { predictors: () => [iris] },
  session: { predictors: () => [session] },
  half: { predictors: () => functions().slice(0, 1) },
  csv: { predictors: () => [iris], env: { SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT: "text/csv" } },
  vertex: { predictors: () => [iris], env: AIP },
  "vertex-graphs": { predictors: (folder) => graphs(folder).filter(isOne("arithmetic")), env: AIP },
  broken: { predictors: () => [broken], ready: false, env: AIP },
  guarded: { predictors: () => [iris], options: { apiKeys: ["open-sesame"] } },
  repository: { fill: fillRepository, options: { modelControl: "on" } },
  "multi-model": { fill: fillModels, env: { SAGEMAKER_MULTI_MODEL: "true" } },
  small: { predictors: () => [iris], options: { maxBodyBytes: 200 } },
};

function isOne(name: string): (predictor: AnyPredictor) => boolean {
  return ({ definition }) => definition.name === name;
}

export interface RunningServer {
  readonly port: number;
  /** The folder of its models, for which cases write `{root}`. */
  readonly root: string;
  stop(): Promise<void>;
}

export function isServer(name: string): boolean {
  return Object.hasOwn(SERVERS, name);
}

/** Starts a server on a free port of this machine and waits until its models are ready. */
export async function startServer(name: string): Promise<RunningServer> {
  const golden = SERVERS[name]!;
  const root = mkdtempSync(join(tmpdir(), "tricast-golden-"));
  const server = withEnvironment(golden.env ?? {}, () => makeServer(golden, root));
  const { port } = await server.listen();
  if (golden.ready !== false) await untilReady(port);
  return { port, root, stop: () => stop(server, root) };
}

function makeServer({ predictors, fill, options }: GoldenServer, root: string): InferenceServer {
  const settings = { host: "127.0.0.1", port: 0, ...options };
  if (predictors !== undefined) return createServer(predictors(root), settings);
  fill?.(root);
  const open = ({ path }: ModelOnDisk): AnyPredictor => definePredictor({ name: "model", model: onnx(path) });
  return createFolderServer({ root, open }, settings);
}

/** The server reads the environment when it is made, and only then. */
function withEnvironment<T>(env: Readonly<Record<string, string>>, work: () => T): T {
  const before = Object.keys(env).map((key) => [key, process.env[key]] as const);
  Object.assign(process.env, env);
  try {
    return work();
  } finally {
    for (const [key, value] of before) {
      if (value === undefined) delete process.env[key];
      else process.env[key] = value;
    }
  }
}

const READY_BOUND_MS = 60_000;
const POLL_MS = 20;

async function untilReady(port: number): Promise<void> {
  for (let waited = 0; waited < READY_BOUND_MS; waited += POLL_MS) {
    const { ok } = await fetch(`http://127.0.0.1:${port}/v2/health/ready`);
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`the server was not ready within ${READY_BOUND_MS} ms`);
}

async function stop(server: InferenceServer, folder: string): Promise<void> {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
