import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { definePredictor, isPredictor, isTricastError, TricastError } from "@tricast/core";
import { messageOf, parseJson, servedAs, show } from "@tricast/core/adapter";
import type { InferenceServer, ServerOptions } from "@tricast/server";
import { checkModelName } from "@tricast/store/publishing";
import { defineCommand } from "../command.ts";
import { argument, count, decimal, optional, words } from "../options.ts";
import { invalidOption } from "../usage-error.ts";

type Server = typeof import("@tricast/server");

export const serve = defineCommand({
  path: ["serve"],
  summary: "Serves a predictor, a model file or a folder of models over HTTP.",
  details: [
    "WHAT is one of:\n" +
      "  - a folder with a predict.ts, or that file: serves the predictor that it exports.\n" +
      "  - a .onnx or .ort file: serves the inputs and outputs of the model. This needs no code.\n" +
      "  - a folder of such files (NAME.onnx, NAME/model.onnx or NAME/VERSION/model.onnx): serves all\n" +
      "    of them. With TRICAST_MODEL_CONTROL=on, clients load and unload them by name.",
    "A model without code is warmed up with its examples before it gets requests: FILE of --example, or the lines " +
      '{"input": ...} of NAME.golden.jsonl beside NAME.onnx. Without examples, generated inputs are tried.',
    "Every protocol is served. SIGTERM and Ctrl-C stop the server after the requests in flight. Environment variables set " +
      "everything else: docs/reference/server.md.",
  ],
  arguments: { what: argument("WHAT", "A predictor's folder, a model file, or a folder of models.", words) },
  options: {
    example: optional(
      "FILE",
      "The JSON body of a request to a model file, which must succeed before the model is ready.",
      {
        otherwise: "the lines of NAME.golden.jsonl",
      },
    ),
    port: optional("PORT", "The port to listen on. 0 selects a free port.", {
      otherwise: "TRICAST_PORT, then the platform's own variables, then 8080",
      parse: count(0),
    }),
    host: optional("ADDRESS", "The address to listen on.", { otherwise: "TRICAST_HOST, then 0.0.0.0" }),
    maxInFlight: optional("COUNT", "Predictions that run at the same time.", {
      otherwise: "TRICAST_MAX_IN_FLIGHT, then by CPUs and memory",
      parse: count(1),
    }),
    maxQueue: optional("COUNT", "Requests that wait in a queue. Further requests get status 429.", {
      otherwise: "TRICAST_MAX_QUEUE, then by CPUs and memory",
      parse: count(0),
    }),
    accessLog: optional("FRACTION", "Fraction of requests that get a log line, from 0 to 1.", {
      otherwise: "TRICAST_ACCESS_LOG, then 0",
      parse: decimal,
    }),
  },
  examples: ["serve handlers/iris", "serve model.onnx --port 9000", "serve model.onnx --example body.json"],
  run: async ({ what, example, ...options }, io) => {
    // Imported here, so that other commands do not load the server.
    const module = await import("@tricast/server");
    const server = await open(module, { path: resolve(what), example }, options);
    const exitCode = await module.runServer(server, (address) =>
      io.note(`serving ${basename(what)} at http://${address.address}:${address.port}`),
    );
    // A forced stop leaves open handles, which would keep the process alive.
    if (exitCode === 1) setImmediate(() => process.exit(1));
    return { json: { stopped: true, finished: exitCode === 0 }, text: "stopped", exitCode };
  },
});

interface Served {
  readonly path: string;
  /** The path of a file. */
  readonly example: string | undefined;
}

async function open(module: Server, { path, example }: Served, options: ServerOptions): Promise<InferenceServer> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw invalidOption(`${path} does not exist; name a folder or a file`);
  if (stat.isFile() && MODEL_FILE.test(path)) {
    const examples = example === undefined ? undefined : [readExample(example)];
    return module.createServer(
      (await modelPredictors())({ name: checkModelName(nameOf(path)), path, examples }),
      options,
    );
  }
  if (example !== undefined) throw noExampleFor(path);
  if (stat.isDirectory()) {
    const code = PREDICTOR_FILES.map((file) => join(path, file)).find(existsSync);
    return code === undefined ? openFolder(module, path, options) : openPredictor(module, code, options);
  }
  if (!stat.isFile()) throw invalidOption(`${path} is neither a folder nor a file; name one of them`);
  return openPredictor(module, path, options);
}

function readExample(path: string): unknown {
  try {
    return parseJson(readFileSync(path, "utf8"), true);
  } catch (cause) {
    throw invalidOption(
      `--example ${path} cannot be read: ${messageOf(cause)}; give a file with the JSON body of a request`,
      cause,
    );
  }
}

function noExampleFor(path: string): TricastError {
  const fix = 'write lines {"input": ...} to NAME.golden.jsonl beside each model, or examples in definePredictor';
  return invalidOption(`--example is for one model file, and ${path} is not one; ${fix}`);
}

const MODEL_FILE = /\.(onnx|ort)$/i;
const PREDICTOR_FILES = ["predict.ts", "predict.js", "predict.mjs"];

async function openPredictor(module: Server, file: string, options: ServerOptions): Promise<InferenceServer> {
  const { default: predictor } = await load(file);
  if (isPredictor(predictor)) return module.createServer(predictor, options);
  throw new TricastError(
    "missing-export",
    `The default export of ${file} is ${show(predictor)}; write: export default definePredictor({ ... })`,
  );
}

async function load(file: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (cause) {
    if (isTricastError(cause)) throw cause;
    throw invalidOption(`${file} does not load: ${messageOf(cause)}`, cause);
  }
}

async function openFolder(module: Server, root: string, options: ServerOptions): Promise<InferenceServer> {
  const open = await modelPredictors();
  return module.createFolderServer(
    { root, open: (model, bodyBytes) => open({ ...model, limits: { bodyBytes } }) },
    options,
  );
}

interface ModelFile {
  readonly name: string;
  readonly path: string;
  readonly version?: string;
  readonly limits?: { readonly bodyBytes: number };
  readonly examples?: readonly unknown[] | undefined;
}

async function modelPredictors() {
  const { onnx } = await import("@tricast/onnx");
  return ({ name, path, version, limits, examples }: ModelFile) =>
    servedAs(definePredictor({ name: "model", version, model: onnx(path), limits, examples }), name);
}

/** A file called `model.onnx` gets the name of its folder, because exporters use that name for every model. */
function nameOf(path: string): string {
  const own = basename(path).replace(MODEL_FILE, "");
  return own.toLowerCase() === "model" ? basename(resolve(path, "..")) : own;
}
