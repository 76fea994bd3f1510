import { statSync } from "node:fs";
import { dirname, isAbsolute, join, normalize, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { show } from "@tricast/core/adapter";
import { readOnnxHeader } from "@tricast/onnx/graph";
import { storeKindOf } from "../bundle/store-kinds.ts";
import { invalidOption, modelInvalid, modelNotFound } from "../errors.ts";
import { type ArtefactFile, type Content, slashed } from "../files/artefact-file.ts";
import { remember } from "../files/remember.ts";
import type { Definition } from "../project/definition.ts";
import type { Project } from "../project/find-project.ts";
import { locateModel } from "./locate-model.ts";
import { findOptimizedForm, type ModelRuntime } from "./optimized-form.ts";

/** A model of the predictor, as `build.json` lists it. */
export interface ModelEntry {
  readonly key: string;
  readonly uri: string;
  /** In the artefact; absent for a model that an instance fetches. */
  readonly path?: string;
}

export interface Models {
  readonly entries: readonly ModelEntry[];
  readonly warnings: readonly string[];
  /** Sorted by path. */
  readonly files: readonly ArtefactFile[];
}

interface FoundModel {
  readonly entry: ModelEntry;
  readonly files: readonly ArtefactFile[];
  readonly warning?: string | undefined;
}

/**
 * The files of the predictor's models, each at the path where its `onnx()` looks for it: the same path beside the bundle.
 * Models with an address in a store are not copied.
 * @throws {TricastError} `model-not-found` with the paths tried; `model-invalid` for ONNX that cannot be read or lacks its
 * weights; `invalid-option` for a path outside the artefact.
 */
export function findModels({ models }: Pick<Definition, "models">, project: Project, runtime: ModelRuntime): Models {
  const found = models.map(({ key, uri }) => findModel(key, uri, project, runtime));
  const files = new Map(found.flatMap(({ files }) => files.map((file) => [file.path, file] as const)));
  return {
    entries: found.map(({ entry }) => entry),
    warnings: found.flatMap(({ warning }) => warning ?? []),
    files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function findModel(key: string, uri: string, project: Project, runtime: ModelRuntime): FoundModel {
  if (storeKindOf(uri) !== undefined) return { entry: { key, uri }, files: [] };
  const path = uri.startsWith("file:") ? fileURLToPath(uri) : uri;
  const inside = insidePath(key, path, project);
  const places = isAbsolute(path) ? [path] : [join(project.folder, path), resolve(project.root, path)];
  const { place, main } = locate(key, uri, places);
  const form = findOptimizedForm(main, runtime, place);
  const inArtefact = (file: string): string => slashed(join(inside, relative(place, file)));
  const toFile = (file: string, content: Content, why: string): ArtefactFile => ({
    path: inArtefact(file),
    content,
    origin: `model ${show(uri)} of the predictor${why}`,
  });
  const files = [
    toFile(main, { from: main }, ""),
    ...weights(main).map((file) => toFile(file, { from: file }, ": its weights")),
    ...form.files.map(({ path, content }) => toFile(path, content, ": its optimised form")),
  ];
  return { entry: { key, uri, path: inArtefact(main) }, files, warning: form.warning };
}

/** An instance looks for the path below the bundle's folder. */
function insidePath(key: string, path: string, { folder }: Project): string {
  const inside = isAbsolute(path) ? relative(folder, path) : normalize(path);
  if (!inside.startsWith("..")) return inside;
  throw invalidOption(
    `${key} is ${show(path)}, which leads out of the predictor's folder ${folder}, and so out of the artefact; put the model into the folder, or into a store`,
  );
}

function locate(key: string, uri: string, places: readonly string[]) {
  const tried = new Set<string>();
  for (const place of places) {
    const found = locateModel(place);
    if ("file" in found) return { place, main: found.file };
    tried.add(`${place}, which ${found.problem}`);
  }
  throw modelNotFound(
    `${key} is ${show(uri)}, and no model is there. Tried ${[...tried].join("; ")}. Put the model there, or give its address in a store`,
  );
}

/** By path, size and time of change: each target asks again. */
const known = new Map<string, readonly string[]>();

function weights(main: string): readonly string[] {
  const { size, mtimeMs } = statSync(main);
  return remember(known, `${main} ${size} ${mtimeMs}`, () => readWeights(main));
}

function readWeights(main: string): string[] {
  if (!main.endsWith(".onnx")) return [];
  return Object.entries(readOnnxHeader(main).externalData).map(([location, bytes]) => {
    const file = join(dirname(main), location);
    if (relative(dirname(main), file).startsWith(".."))
      throw modelInvalid(
        `${main} keeps weights in ${show(location)}, outside its folder; export it with a relative location`,
      );
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size >= bytes) return file;
    throw modelInvalid(
      `${main} keeps ${bytes} bytes of weights in ${show(location)}, which has ${size}; put the whole file next to the model`,
    );
  });
}
