import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** One version of a model in a folder. */
export interface ModelOnDisk {
  readonly name: string;
  readonly version: string;
  /** The model's file, or the folder with that file. */
  readonly path: string;
  /** Size of all files of the version: weights may be in files of their own. */
  readonly bytes: number;
}

/** The version of a model whose path does not contain a version. */
export const ONLY_VERSION = "1";

const MODEL_FILE = /\.(onnx|ort)$/i;
/** Names that need no encoding in the path of a URL. */
const NAME = /^[A-Za-z0-9][\w.-]{0,127}$/;

/**
 * The models below `root`, by name and then from the oldest version to the newest: `NAME.onnx`, `NAME/` with a model in
 * it, and `NAME/VERSION/` with a model in it. Stores, Triton and TensorFlow Serving use this layout.
 */
export async function scanFolder(root: string): Promise<readonly ModelOnDisk[]> {
  const models: ModelOnDisk[] = [];
  for (const entry of await visible(root)) models.push(...(await modelsOf(root, entry)));
  return models.sort((a, b) => compareNames(a.name, b.name) || compareVersions(a.version, b.version));
}

/** The model in a folder with any name; `undefined` if the folder has no model file. */
export async function scanModel(path: string, name: string, version: string): Promise<ModelOnDisk | undefined> {
  const files = (await visible(path)).filter((entry) => !entry.isDirectory());
  if (!files.some(({ name: file }) => MODEL_FILE.test(file))) return undefined;
  return { name, version, path, bytes: await sizeOf(path) };
}

/** Compares by the numbers in the versions: `v10` is newer than `v9`. */
export function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function modelsOf(root: string, entry: Dirent): Promise<readonly ModelOnDisk[]> {
  const path = join(root, entry.name);
  if (await isFolder(entry, path)) return versionsOf(path, entry.name);
  const name = entry.name.replace(MODEL_FILE, "");
  if (name === entry.name || !NAME.test(name)) return [];
  return [{ name, version: ONLY_VERSION, path, bytes: (await stat(path)).size }];
}

async function versionsOf(folder: string, name: string): Promise<readonly ModelOnDisk[]> {
  const only = await scanModel(folder, name, ONLY_VERSION);
  if (only !== undefined) return [only];
  const versions: ModelOnDisk[] = [];
  for (const entry of await visible(folder)) {
    const path = join(folder, entry.name);
    if (!(await isFolder(entry, path))) continue;
    const version = await scanModel(path, name, entry.name);
    if (version !== undefined) versions.push(version);
  }
  return versions;
}

/** Kubernetes mounts volumes as links. */
async function isFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const target = await stat(path).catch(() => undefined);
  return target?.isDirectory() === true;
}

async function visible(folder: string): Promise<readonly Dirent[]> {
  return (await readdir(folder, { withFileTypes: true })).filter(({ name }) => NAME.test(name));
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await visible(folder)) {
    if (entry.isDirectory()) continue;
    bytes += (await stat(join(folder, entry.name))).size;
  }
  return bytes;
}
