import { readdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { TricastError } from "@tricast/core";
import { STORE_SCHEMES, schemeOf } from "@tricast/core/adapter";
import { RECORD_ENDING, readRecord, recordPath } from "./optimized/record.ts";

export interface ModelFile {
  readonly path: string;
  readonly bytes: number;
  readonly format: "onnx" | "ort";
  /** The content of the file, where a disk is not available. Then `path` is only a name for messages. */
  readonly content?: Uint8Array | undefined;
}

/** The start of the search for a model. */
export interface SearchContext {
  readonly predictor: string;
  readonly model: string;
  /** Folder of the file that called `onnx()`. */
  readonly callerFolder: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  /** Folders that layers unpack models into. */
  readonly layerFolders: readonly string[];
}

export const LAYER_FOLDERS: readonly string[] = ["/opt/tricast/models", "/opt/models"];

/**
 * The path in `uri`: an unchanged path, or the path of a `file:` URL.
 *
 * @throws {TricastError} `invalid-option` for any other scheme.
 */
export function toFilePath(uri: string): string {
  const scheme = schemeOf(uri);
  if (scheme === undefined) return uri;
  if (scheme === "file") return fileURLToPath(uri);
  const known = Object.values(STORE_SCHEMES).join(", ");
  const problem = "this scheme does not belong to any store; use a path, or an address of one of these forms";
  throw new TricastError("invalid-option", `onnx(${JSON.stringify(uri)}): ${problem}: ${known}`);
}

/**
 * Finds the model file. If `TRICAST_MODEL_<NAME>` (`TRICAST_MODEL_<NAME>_<KEY>` for a model of `models`) is set, only that
 * path is tried. Otherwise a relative path is looked for beside the file that called `onnx()`, in the layer folders, and
 * in the working folder, in this order.
 *
 * @throws {TricastError} `model-not-found`, listing every place tried.
 */
export function locate(uri: string, context: SearchContext): ModelFile {
  const tried: string[] = [];
  for (const { path, why } of candidates(uri, context)) {
    const found = look(path);
    if (typeof found !== "string") return found;
    tried.push(`${path} (${why}): ${found}`);
  }
  const fix = `put the file there, or set ${modelVariable(context)} to its path`;
  throw new TricastError("model-not-found", `no model at ${uri}. Tried ${tried.join("; ")}. To fix this, ${fix}`);
}

export function modelVariable({ predictor, model }: Pick<SearchContext, "predictor" | "model">): string {
  const name = model === "model" ? predictor : `${predictor}_${model}`;
  return `TRICAST_MODEL_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

interface Candidate {
  readonly path: string;
  readonly why: string;
}

function candidates(uri: string, context: SearchContext): Candidate[] {
  const variable = modelVariable(context);
  const named = context.env[variable];
  if (named) return [{ path: resolve(context.workingFolder, toFilePath(named)), why: variable }];
  const path = toFilePath(uri);
  if (isAbsolute(path)) return [{ path, why: "absolute path" }];
  const { callerFolder, workingFolder } = context;
  return [
    ...(callerFolder === undefined ? [] : [{ path: resolve(callerFolder, path), why: "beside the code" }]),
    ...layerPaths(path, context.layerFolders).map((layered) => ({ path: layered, why: "layer" })),
    { path: resolve(workingFolder, path), why: "working folder" },
  ];
}

/** A layer folder contains models, so `models/iris.onnx` may be in it as `iris.onnx`. */
function layerPaths(path: string, folders: readonly string[]): string[] {
  const inside = join(path);
  if (inside.startsWith("..")) return [];
  const short = inside.replace(/^models[\\/]/, "");
  const names = short === inside ? [inside] : [short, inside];
  return folders.flatMap((folder) => names.map((name) => join(folder, name)));
}

/** The model file at `path`, or in the folder at `path`; otherwise what was found. */
function look(path: string): ModelFile | string {
  try {
    return inspect(path);
  } catch (error) {
    return (error as Error).message;
  }
}

function inspect(path: string): ModelFile | string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return optimizedInPlaceOf(path) ?? "does not exist";
  if (!stats.isDirectory()) return { path, bytes: stats.size, format: path.endsWith(".ort") ? "ort" : "onnx" };
  const models = modelsOf(readdirSync(path));
  const chosen = models.length === 1 ? models[0] : models.find((name) => name === "model.onnx");
  if (chosen !== undefined) return inspect(join(path, chosen));
  if (models.length === 0) return "a folder without an .onnx or .ort file";
  return `a folder with ${models.sort().join(", ")}: name one of them, or call it model.onnx`;
}

/** The optimised form of a model that is shipped without the original. */
function optimizedInPlaceOf(path: string): ModelFile | string | undefined {
  const record = path.endsWith(".onnx") ? readRecord(recordPath(path)) : undefined;
  return record === undefined || basename(path) !== record.original.file
    ? undefined
    : inspect(join(dirname(path), record.variant.files[0]!));
}

/** The model files of a folder, without optimised forms whose original is also in it. */
function modelsOf(names: readonly string[]): string[] {
  return names.filter((name) => {
    if (!/\.(onnx|ort)$/.test(name)) return false;
    const record = recordPath(name);
    const original = `${record.slice(0, -RECORD_ENDING.length)}.onnx`;
    return name === original || !names.includes(record) || !names.includes(original);
  });
}

export function searchContext(predictor: string, model: string, callerFile: string | undefined): SearchContext {
  return {
    predictor,
    model,
    callerFolder: callerFile === undefined ? undefined : dirname(callerFile),
    env: process.env,
    workingFolder: process.cwd(),
    layerFolders: LAYER_FOLDERS,
  };
}
