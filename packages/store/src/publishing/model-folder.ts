import { readdirSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { TricastError } from "@tricast/core";
import { show } from "@tricast/core/adapter";
import { systemCode } from "../error-codes.ts";
import { compareKeys } from "../keys.ts";
import { isFilePath, type Manifest, type ManifestFile } from "../versions/manifest.ts";
import { MANIFEST_FILE } from "../versions/names.ts";
import type { ModelDescription } from "./model-description.ts";
import { type DescribeModel, readEntry } from "./read-entry.ts";

/** A file of a model on this machine. */
export interface LocalFile {
  /** In the version's folder, with `/`. */
  readonly path: string;
  /** On this machine. */
  readonly from: string;
  readonly role?: ManifestFile["role"];
}

/** The part of a version that push reads from the model itself. */
export interface LocalModel extends Pick<Manifest, "entry" | "framework" | "inputs" | "outputs"> {
  /** In order of path. */
  readonly files: readonly LocalFile[];
  /** `metadata_props` of an ONNX model, and its `model_version`. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface ReadModelOptions {
  readonly describe: DescribeModel;
  /** Which file of a folder is loaded, with `/`. Default: the only `.onnx` file. */
  readonly entry?: string | undefined;
  /** Whether a file that is not a model is accepted. Default false. */
  readonly anyKind?: boolean | undefined;
}

/**
 * Reads a model on this machine: a file with the files of its external weights, or a folder with all files except hidden
 * files and the manifest of an earlier pull.
 *
 * @throws {TricastError} `model-not-found` if the file does not exist; `model-invalid` for a file that is not a model, or
 * whose weights are missing; `invalid-option` if it is not clear which file of a folder is loaded, or for a file that is
 * not a regular one.
 */
export function readLocalModel(path: string, { describe, entry, anyKind = false }: ReadModelOptions): LocalModel {
  const source = resolve(path);
  const isFolder = checkRegular(source, statOf(source)).isDirectory();
  const root = isFolder ? source : dirname(source);
  const inFolder = isFolder ? listFolder(root) : [];
  const main = isFolder ? chooseEntry(root, inFolder, entry) : checkPath(basename(source));
  const description = readEntry(join(root, main), describe, anyKind);
  const data = description === undefined ? [] : dataFiles(root, main, description);
  const files = [...new Set([main, ...data, ...inFolder])].sort(compareKeys).map((file): LocalFile => {
    const role = file === main ? "model" : data.includes(file) ? "data" : undefined;
    return { path: file, from: join(root, file), ...(role && { role }) };
  });
  return { entry: main, files, ...toManifest(description) };
}

function toManifest(description: ModelDescription | undefined): Omit<LocalModel, "entry" | "files"> {
  if (description === undefined) return { metadata: {} };
  const { irVersion, opset, producer, inputs, outputs, metadata, modelVersion } = description;
  const framework = { name: "onnx", opset, irVersion, ...(producer === "" ? {} : { producer }) };
  const onnx = { ...(modelVersion === undefined ? {} : { modelVersion }), ...metadata };
  return { framework, inputs, outputs, metadata: Object.keys(onnx).length === 0 ? {} : { onnx } };
}

/** The files with external weights, as paths in the version's folder. */
function dataFiles(root: string, main: string, { externalData }: ModelDescription): string[] {
  const folder = main.includes("/") ? main.slice(0, main.lastIndexOf("/") + 1) : "";
  return Object.entries(externalData).map(([location, bytes]) => {
    const path = folder + location.replace(/^(?:\.\/)+/, "");
    if (!isFilePath(path)) {
      const rule = "they must be in the model's own folder: export it with a relative location";
      throw new TricastError("model-invalid", `${main} keeps weights in ${show(location)}; ${rule}`);
    }
    const { size } = checkRegular(
      path,
      statOf(join(root, path), `${show(main)} keeps weights in it: export the two together`),
    );
    if (size >= bytes) return path;
    const rule = "it is truncated, or belongs to another model; export both again";
    throw new TricastError("model-invalid", `${path} has ${size} bytes, but ${main} refers to ${bytes}: ${rule}`);
  });
}

function listFolder(root: string): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const { name } of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder + name;
      if (name.startsWith(".") || path === MANIFEST_FILE) continue;
      const stats = checkRegular(join(root, path), statOf(join(root, path)));
      if (stats.isDirectory()) walk(`${path}/`);
      else found.push(checkPath(path));
    }
  };
  walk("");
  return found;
}

function chooseEntry(root: string, files: readonly string[], entry: string | undefined): string {
  if (entry !== undefined) {
    if (files.includes(entry)) return entry;
    throw new TricastError("model-not-found", `${root} has no file ${show(entry)}; use one of ${list(files)}`);
  }
  const candidates = files.filter((file) => file.endsWith(".onnx"));
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  const seen = only === undefined ? `no .onnx file, only ${list(files)}` : list(candidates);
  throw new TricastError("invalid-option", `${root} has ${seen}; set "entry" to the file to load`);
}

function list(files: readonly string[]): string {
  const shown = files.slice(0, 10).join(", ") || "no file";
  return files.length > 10 ? `${shown} and ${files.length - 10} more` : shown;
}

function checkPath(path: string): string {
  if (isFilePath(path)) return path;
  const rule = "its name is reserved, or some systems do not allow it; rename it";
  throw new TricastError("invalid-option", `${show(path)} cannot be a file of a version: ${rule}`);
}

/** Reading a pipe or a device may never end. */
function checkRegular(path: string, stats: Stats): Stats {
  if (stats.isFile() || stats.isDirectory()) return stats;
  const rule = "it is a device, a pipe or a socket, and a model is a regular file";
  throw new TricastError("invalid-option", `${path} cannot be pushed: ${rule}; copy it into a file first`);
}

function statOf(path: string, why = "use the path of a model file, or of a folder with one"): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    const message = `${path} cannot be read (${systemCode(cause)}); ${why}`;
    throw new TricastError("model-not-found", message, { cause });
  }
}
