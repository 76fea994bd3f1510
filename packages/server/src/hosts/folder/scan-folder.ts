import { readFile } from "node:fs/promises";
import { isVersionName, modelNameProblem, VERSION_RULE } from "@tricast/core/adapter";
import { type Entry, entriesOf, isHidden, isModelFile, stemOf, unreadable } from "./entries.ts";
import type { LeftOut } from "./left-out.ts";

/** One version of a model in a folder. */
export interface ModelOnDisk {
  readonly name: string;
  readonly version: string;
  /** The model's file, or the folder with that file. */
  readonly path: string;
  /** Size of all files of the version: weights may be in files of their own. */
  readonly bytes: number;
}

/** What a folder has. */
export interface FolderScan {
  /** By name, and then from the oldest version to the newest. */
  readonly models: readonly ModelOnDisk[];
  readonly leftOut: readonly LeftOut[];
}

/** The version of a model whose path does not contain a version. */
export const ONLY_VERSION = "1";

const NO_MODEL = "it has no .onnx or .ort file";

/**
 * The models below `root`: `NAME.onnx`, `NAME/` with a model in it, and `NAME/VERSION/` with a model in it. Stores, Triton
 * and TensorFlow Serving use this layout. Everything else is left out, with the reason.
 */
export async function scanFolder(root: string): Promise<FolderScan> {
  const entries = await entriesOf(root);
  const forms = await optimizedForms(entries);
  const models = new Map<string, readonly ModelOnDisk[]>();
  const leftOut: LeftOut[] = [];
  // Folders first, then .onnx before .ort: the first of one name is served.
  for (const entry of [...entries].sort((a, b) => rankOf(a) - rankOf(b))) {
    if (forms.has(entry.name)) continue;
    const found = await modelsOf(entry, entries);
    leftOut.push(...found.leftOut);
    const [first] = found.models;
    if (first === undefined) continue;
    if (models.has(first.name)) leftOut.push(without(entry.name, `another file or folder has the name ${first.name}`));
    else models.set(first.name, found.models);
  }
  const sorted = [...models.values()].flat();
  sorted.sort((a, b) => compareNames(a.name, b.name) || compareVersions(a.version, b.version));
  return { models: sorted, leftOut: leftOut.sort((a, b) => compareNames(a.path, b.path)) };
}

/** The model in a folder with any name; `undefined` if the folder has no model file. */
export async function scanModel(path: string, name: string, version: string): Promise<ModelOnDisk | undefined> {
  return toModel(await entriesOf(path), path, name, version);
}

/** Compares by the numbers in the versions: `v10` is newer than `v9`. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankOf({ kind, name }: Entry): number {
  if (kind === "folder") return 0;
  return name.toLowerCase().endsWith(".onnx") ? 1 : 2;
}

/** One entry of the root. */
async function modelsOf(entry: Entry, others: readonly Entry[]): Promise<FolderScan> {
  const { kind, name: file, path, bytes, problem } = entry;
  if (kind === "folder") return inFolder(entry);
  const stem = stemOf(file);
  if (kind === "other") return nothing(file, problem);
  if (stem === undefined) return belongsToModel(file, others) ? EMPTY : nothing(file, "it is not a .onnx or .ort file");
  const name = stem.normalize("NFC");
  const unnamed = nameProblem(isHidden(file) ? file : name);
  if (unnamed !== undefined) return nothing(file, unnamed);
  return { models: [{ name, version: ONLY_VERSION, path, bytes }], leftOut: [] };
}

async function inFolder({ name: folder, path }: Entry): Promise<FolderScan> {
  const name = folder.normalize("NFC");
  const problem = nameProblem(name);
  if (problem !== undefined) return nothing(folder, problem);
  try {
    return await versionsOf(await entriesOf(path), folder, path, name);
  } catch (error) {
    return nothing(folder, unreadable(error));
  }
}

async function versionsOf(entries: readonly Entry[], folder: string, path: string, name: string): Promise<FolderScan> {
  const leftOut = modelsWithProblems(entries, folder);
  const only = toModel(entries, path, name, ONLY_VERSION);
  const models: ModelOnDisk[] = only === undefined ? [] : [only];
  for (const { kind, name: version, path: inside } of entries) {
    if (kind !== "folder") continue;
    const below = await entriesIfReadable(inside);
    const model = toModel(below, inside, name, version);
    const problem = only === undefined ? versionProblem(version, model, below) : besideModel(model, folder);
    if (problem !== undefined) leftOut.push(without(`${folder}/${version}`, problem));
    else if (model !== undefined && only === undefined) models.push(model);
  }
  if (models.length === 0 && leftOut.length === 0) leftOut.push(without(folder, noModel(entries)));
  return { models, leftOut };
}

function toModel(entries: readonly Entry[], path: string, name: string, version: string): ModelOnDisk | undefined {
  if (!entries.some(isModelFile)) return undefined;
  return {
    name,
    version,
    path,
    bytes: entries.reduce((sum, { kind, bytes }) => sum + (kind === "file" ? bytes : 0), 0),
  };
}

/** Model files of a folder that cannot be loaded: hidden ones, broken links, pipes. */
function modelsWithProblems(entries: readonly Entry[], folder: string): LeftOut[] {
  const models = entries.filter(({ kind, name }) => kind !== "folder" && stemOf(name) !== undefined);
  return models.flatMap(({ name, problem }) => {
    const why = isHidden(name) ? nameProblem(name) : problem;
    return why ? [without(`${folder}/${name}`, why)] : [];
  });
}

function versionProblem(version: string, model: ModelOnDisk | undefined, below: readonly Entry[]): string | undefined {
  if (model === undefined) return noModel(below);
  return isVersionName(version) ? undefined : `its name cannot be a version: ${VERSION_RULE}`;
}

/** Folders beside a model file have its other data, unless they have models. */
function besideModel(model: ModelOnDisk | undefined, folder: string): string | undefined {
  return model && `it is not a version, because ${folder} has a model file of its own`;
}

async function entriesIfReadable(path: string): Promise<readonly Entry[]> {
  return entriesOf(path).catch(() => []);
}

function noModel(entries: readonly Entry[]): string {
  const files = entries.filter(({ kind }) => kind === "file").map(({ name }) => name);
  return files.length === 0 ? NO_MODEL : `${NO_MODEL}, only ${files.slice(0, 3).join(", ")}`;
}

/** Weights of a model are in files that begin with its name, such as `NAME.onnx.data`. So does the record of its forms. */
function belongsToModel(file: string, others: readonly Entry[]): boolean {
  const stems = others.filter(isModelFile).map(({ name }) => stemOf(name) ?? name);
  return stems.some((stem) => file.startsWith(`${stem}.`) || file.startsWith(`${stem}_`));
}

/** The optimised forms of models that are in the same folder: `onnx` loads them in place of the model. */
async function optimizedForms(entries: readonly Entry[]): Promise<ReadonlySet<string>> {
  const names = new Set(entries.map(({ name }) => name));
  const forms = new Set<string>();
  for (const { name, path } of entries.filter((entry) => entry.name.endsWith(".tricast.json"))) {
    const record = await readRecord(path);
    if (!names.has(String(record?.original?.file))) continue;
    const files = record?.variant?.files;
    for (const file of [name, ...(Array.isArray(files) ? files : [])]) forms.add(String(file));
  }
  return forms;
}

interface FormRecord {
  readonly original?: { readonly file?: unknown };
  readonly variant?: { readonly files?: unknown };
}

async function readRecord(path: string): Promise<FormRecord | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as FormRecord;
  } catch {
    return undefined;
  }
}

function nameProblem(name: string): string | undefined {
  const problem = modelNameProblem(name);
  return problem && `its name cannot be a model's: ${problem}`;
}

const EMPTY: FolderScan = { models: [], leftOut: [] };

function nothing(path: string, reason: string): FolderScan {
  return { models: [], leftOut: [without(path, reason)] };
}

function without(path: string, reason: string): LeftOut {
  return { path, reason };
}
