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
  /** The file itself, where there is no disk to keep it on; `path` then only names it. */
  readonly content?: Uint8Array | undefined;
}

/** Where the search for a model starts from. */
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
 * The path in `uri`: a path as it is, or the path of a `file:` URL.
 *
 * @throws {TricastError} `invalid-option` for any other scheme.
 */
export function toFilePath(uri: string): string {
  const scheme = schemeOf(uri);
  if (scheme === undefined) return uri;
  if (scheme === "file") return fileURLToPath(uri);
  throw new TricastError(
    "invalid-option",
    `onnx(${JSON.stringify(uri)}): no store has addresses of this form; give a path, or one of ${Object.values(STORE_SCHEMES).join(", ")}`,
  );
}

/**
 * Finds the model file. `TRICAST_MODEL_<NAME>` (`TRICAST_MODEL_<NAME>_<KEY>` for a model of `models`) decides alone when
 * it is set. Otherwise a relative path is looked for beside the file that called `onnx()`, in the layer folders, and in
 * the working folder, in this order.
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
  if (isAbsolute(path)) return [{ path, why: "as given" }];
  const { callerFolder, workingFolder } = context;
  return [
    ...(callerFolder === undefined ? [] : [{ path: resolve(callerFolder, path), why: "beside the code" }]),
    ...layerPaths(path, context.layerFolders).map((layered) => ({ path: layered, why: "layer" })),
    { path: resolve(workingFolder, path), why: "working folder" },
  ];
}

/** A layer folder is itself the place of models, so `models/iris.onnx` may lie in it as `iris.onnx`. */
function layerPaths(path: string, folders: readonly string[]): string[] {
  const inside = join(path);
  if (inside.startsWith("..")) return [];
  const short = inside.replace(/^models[\\/]/, "");
  const names = short === inside ? [inside] : [short, inside];
  return folders.flatMap((folder) => names.map((name) => join(folder, name)));
}

/** The model file at `path`, or in the folder at `path`, or what is there instead. */
function look(path: string): ModelFile | string {
  try {
    return inspect(path);
  } catch (error) {
    return (error as Error).message;
  }
}

function inspect(path: string): ModelFile | string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return optimizedInPlaceOf(path) ?? "not there";
  if (!stats.isDirectory()) return { path, bytes: stats.size, format: path.endsWith(".ort") ? "ort" : "onnx" };
  const models = modelsOf(readdirSync(path));
  const chosen = models.length === 1 ? models[0] : models.find((name) => name === "model.onnx");
  if (chosen !== undefined) return inspect(join(path, chosen));
  if (models.length === 0) return "a folder without an .onnx or .ort file";
  return `a folder with ${models.sort().join(", ")}: name one of them, or call it model.onnx`;
}

/** A model whose optimised form was shipped without it. */
function optimizedInPlaceOf(path: string): ModelFile | string | undefined {
  const record = path.endsWith(".onnx") ? readRecord(recordPath(path)) : undefined;
  return record === undefined || basename(path) !== record.original.file
    ? undefined
    : inspect(join(dirname(path), record.variant.files[0]!));
}

/** The model files of a folder, without optimised forms whose original is there too. */
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
