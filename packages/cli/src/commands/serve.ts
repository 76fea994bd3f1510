import { existsSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type AnyPredictor, definePredictor, isPredictor, TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import type { InferenceServer, ServerOptions } from "@tricast/server";
import { defineCommand } from "../command.ts";
import { argument, count, decimal, optional, words } from "../options.ts";

type Server = typeof import("@tricast/server");

export const serve = defineCommand({
  path: ["serve"],
  summary: "Serves a predictor, a model file or a folder of models over HTTP, until it is stopped.",
  details: [
    "WHAT is one of:\n" +
      "  a folder with a predict.ts, or that file: the predictor it exports;\n" +
      "  a .onnx or .ort file: its own inputs and outputs are the interface, and no code is needed;\n" +
      "  a folder of those (NAME.onnx, NAME/model.onnx or NAME/VERSION/model.onnx): all of them, which then load and\n" +
      "  unload by name.",
    "Every protocol is served at once. SIGTERM and Ctrl-C let requests in flight finish. What has no option here is\n" +
      "read from the environment: docs/reference/server.md.",
  ],
  arguments: { what: argument("WHAT", "A predictor's folder, a model file, or a folder of models.", words) },
  options: {
    port: optional({
      flag: "port",
      placeholder: "PORT",
      description: "The port to listen on; 0 is any free one.",
      otherwise: "TRICAST_PORT, then the platform's own variables, then 8080",
      parse: count(0),
    }),
    host: optional({
      flag: "host",
      placeholder: "ADDRESS",
      description: "The address to listen on.",
      otherwise: "TRICAST_HOST, then 0.0.0.0",
      parse: words,
    }),
    maxInFlight: optional({
      flag: "max-in-flight",
      placeholder: "COUNT",
      description: "Predictions being made at one time.",
      otherwise: "TRICAST_MAX_IN_FLIGHT, then by CPUs and memory",
      parse: count(1),
    }),
    maxQueue: optional({
      flag: "max-queue",
      placeholder: "COUNT",
      description: "Requests that may wait for that; more are answered 429.",
      otherwise: "TRICAST_MAX_QUEUE, then by CPUs and memory",
      parse: count(0),
    }),
    accessLog: optional({
      flag: "access-log",
      placeholder: "SHARE",
      description: "The share of requests that get a log line: 0 is none, 1 is all.",
      otherwise: "TRICAST_ACCESS_LOG, then 0",
      parse: decimal,
    }),
  },
  examples: ["serve handlers/iris", "serve model.onnx --port 9000", "serve models/ --access-log 1"],
  run: async ({ what, port, host, maxInFlight, maxQueue, accessLog }, io) => {
    // Imported here, so that no other command waits for a server.
    const module = await import("@tricast/server");
    const server = await open(module, resolve(what), { port, host, maxInFlight, maxQueue, accessLog });
    const exitCode = await module.runServer(server, (address) =>
      io.note(`serving ${basename(what)} at http://${address.address}:${address.port}`),
    );
    // A stop that was cut short leaves work behind, which would keep the process.
    if (exitCode === 1) setImmediate(() => process.exit(1));
    return { json: { stopped: true, finished: exitCode === 0 }, text: "stopped", exitCode };
  },
});

async function open(module: Server, path: string, options: ServerOptions): Promise<InferenceServer> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new TricastError("invalid-option", `${path} does not exist; name a folder or a file`);
  if (stat.isDirectory()) {
    const code = PREDICTOR_FILES.map((file) => join(path, file)).find(existsSync);
    return code === undefined ? openFolder(module, path, options) : openPredictor(module, code, options);
  }
  if (MODEL_FILE.test(path)) return module.createServer(await ofModel(nameOf(path), path), options);
  return openPredictor(module, path, options);
}

const MODEL_FILE = /\.(onnx|ort)$/i;
const PREDICTOR_FILES = ["predict.ts", "predict.js", "predict.mjs"];

async function openPredictor(module: Server, file: string, options: ServerOptions): Promise<InferenceServer> {
  const { default: predictor } = (await import(pathToFileURL(file).href)) as { default?: unknown };
  if (isPredictor(predictor)) return module.createServer(predictor, options);
  throw new TricastError(
    "missing-export",
    `The default export of ${file} is ${show(predictor)}; it must be what definePredictor returned`,
  );
}

async function openFolder(module: Server, root: string, options: ServerOptions): Promise<InferenceServer> {
  const { onnx } = await import("@tricast/onnx");
  return module.createFolderServer(
    {
      root,
      open: ({ name, version, path }, bodyBytes) =>
        definePredictor({ name: toPredictorName(name), version, model: onnx(path), limits: { bodyBytes } }),
    },
    options,
  );
}

async function ofModel(name: string, path: string): Promise<AnyPredictor> {
  const { onnx } = await import("@tricast/onnx");
  return definePredictor({ name: toPredictorName(name), model: onnx(path) });
}

/** `model.onnx` is called like its folder: that is how exporters name them. */
function nameOf(path: string): string {
  const own = basename(path).replace(MODEL_FILE, "");
  return own.toLowerCase() === "model" ? basename(resolve(path, "..")) : own;
}

/** Names of predictors are narrower than names of files. */
function toPredictorName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 63);
  return plain === "" ? "model" : plain;
}
