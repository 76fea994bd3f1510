import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, normalize, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { storeKindOf } from "../bundle/store-kinds.ts";
import { type ArtefactFile, type Content, slashed } from "../files/artefact-file.ts";
import { remember } from "../files/remember.ts";
import type { Definition } from "../project/definition.ts";
import type { Project } from "../project/find-project.ts";
import { findOptimizedForm, type ModelRuntime } from "./optimized-form.ts";

/** A model of the predictor, as `build.json` names it. */
export interface ModelEntry {
  readonly key: string;
  readonly uri: string;
  /** In the artefact; absent for a model that an instance fetches. */
  readonly path?: string;
}

export interface Models {
  readonly entries: readonly ModelEntry[];
  readonly warnings: readonly string[];
  /** By path. */
  readonly files: readonly ArtefactFile[];
}

interface FoundModel {
  readonly entry: ModelEntry;
  readonly files: readonly ArtefactFile[];
  readonly warning?: string | undefined;
}

/**
 * The files of the predictor's models, each where its `onnx()` looks for it: at the same path beside the bundle. Models
 * with an address stay where they are.
 * @throws {TricastError} `model-not-found` listing the places tried; `model-invalid` for ONNX that cannot be read or
 * misses its weights; `invalid-option` for a path that leads out of the artefact.
 */
export function findModels({ models }: Pick<Definition, "models">, project: Project, runtime: ModelRuntime): Models {
  const found = models.map(({ key, uri }) => findModel(key, uri, project, runtime));
  const files = new Map(found.flatMap(({ files }) => files.map((file) => [file.path, file] as const)));
  return {
    entries: found.map(({ entry }) => entry),
    warnings: found.flatMap(({ warning }) => (warning === undefined ? [] : [warning])),
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function findModel(key: string, uri: string, project: Project, runtime: ModelRuntime): FoundModel {
  if (storeKindOf(uri) !== undefined) return { entry: { key, uri }, files: [] };
  const path = uri.startsWith("file:") ? fileURLToPath(uri) : uri;
  const inside = insidePath(key, path, project);
  const places = isAbsolute(path) ? [path] : [join(project.folder, path), resolve(project.root, path)];
  const place = places.find((one) => existsSync(one));
  if (place === undefined) throw notFound(key, uri, places);
  const main = modelFile(place, uri);
  const folder = main === place ? dirname(inside) : inside;
  const form = findOptimizedForm(main, runtime);
  const inArtefact = (file: string, content: Content, why: string): ArtefactFile => ({
    path: slashed(join(folder, relative(dirname(main), file))),
    content,
    origin: `model ${show(uri)} of the predictor${why}`,
  });
  const files = [
    inArtefact(main, { from: main }, ""),
    ...weights(main).map((file) => inArtefact(file, { from: file }, ": its weights")),
    ...form.files.map(({ path, content }) => inArtefact(path, content, ": its optimised form")),
  ];
  return { entry: { key, uri, path: slashed(join(folder, basename(main))) }, files, warning: form.warning };
}

/** At run time the path is looked for below the bundle's own folder. */
function insidePath(key: string, path: string, project: Project): string {
  const inside = normalize(isAbsolute(path) ? relative(project.folder, path) : path);
  if (!inside.startsWith("..") && !(isAbsolute(path) && scopeOf(path, project) === undefined)) return inside;
  throw new TricastError(
    "invalid-option",
    `${key} is ${show(path)}, which leads out of the predictor's folder ${project.folder}, and so out of the artefact; put the model into the folder, or into a store`,
  );
}

function scopeOf(path: string, { folder }: Project): string | undefined {
  return relative(folder, path).startsWith("..") ? undefined : folder;
}

/** Of a folder, the single model in it, or its model.onnx, as at run time. */
function modelFile(place: string, uri: string): string {
  if (!statSync(place).isDirectory()) return place;
  const models = readdirSync(place).filter((name) => /\.(onnx|ort)$/.test(name));
  const chosen = models.length === 1 ? models[0] : models.find((name) => name === "model.onnx");
  if (chosen !== undefined) return join(place, chosen);
  throw new TricastError(
    "model-not-found",
    `${show(uri)} is a folder with ${models.sort().join(", ") || "no .onnx or .ort file"}; name one file, or call it model.onnx`,
  );
}

/** By path, size and time of change: every target asks again. */
const known = new Map<string, readonly string[]>();

function weights(main: string): readonly string[] {
  const { size, mtimeMs } = statSync(main);
  return remember(known, `${main} ${size} ${mtimeMs}`, () => readWeights(main));
}

function readWeights(main: string): string[] {
  if (!main.endsWith(".onnx")) return [];
  return Object.entries(readOnnxHeader(main).externalData).map(([location, bytes]) => {
    const file = join(dirname(main), location);
    if (relative(dirname(main), file).startsWith("..")) {
      throw new TricastError(
        "model-invalid",
        `${main} keeps weights in ${show(location)}, outside of its folder; export it with a relative location`,
      );
    }
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size >= bytes) return file;
    throw new TricastError(
      "model-invalid",
      `${main} keeps ${bytes} bytes of weights in ${show(location)}, which has ${size}; put the whole file beside the model`,
    );
  });
}

function notFound(key: string, uri: string, places: readonly string[]): TricastError {
  return new TricastError(
    "model-not-found",
    `${key} is ${show(uri)}, and no file is there. Tried ${[...new Set(places)].join("; ")}. Put the model there, or give its address in a store`,
  );
}
