import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A file or folder, after links are resolved: Kubernetes mounts volumes as links. */
export interface Entry {
  readonly name: string;
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  /** Why it cannot be read, if `kind` is `other`. */
  readonly problem: string;
  readonly bytes: number;
}

const MODEL_FILE = /\.(onnx|ort)$/i;

/** The name of a model file without its ending; `undefined` for any other file. */
export function stemOf(name: string): string | undefined {
  return MODEL_FILE.test(name) ? name.replace(MODEL_FILE, "") : undefined;
}

export function isModelFile({ kind, name }: Entry): boolean {
  return kind === "file" && MODEL_FILE.test(name) && !isHidden(name);
}

/** Kubernetes and editors keep their own files under such names. */
export function isHidden(name: string): boolean {
  return name.startsWith(".");
}

/** Everything in a folder, by name. Hidden entries are left out, except model files. */
export async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const names = (await readdir(folder)).filter((name) => !isHidden(name) || MODEL_FILE.test(name)).sort();
  const entries: Entry[] = [];
  for (const name of names) entries.push(await look(folder, name));
  return entries;
}

async function look(folder: string, name: string): Promise<Entry> {
  const path = join(folder, name);
  try {
    const stats = await stat(path);
    return { name, path, bytes: stats.size, ...kindOf(stats) };
  } catch (error) {
    // Node replaces the bytes of a name that is not UTF-8, so no path leads to the file.
    const problem = name.includes("\ufffd") ? "its name is not valid UTF-8" : unreadable(error);
    return { name, path, bytes: 0, kind: "other", problem };
  }
}

export function unreadable(error: unknown): string {
  return `it cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`;
}

function kindOf(stats: Stats): Pick<Entry, "kind" | "problem"> {
  if (stats.isFile()) return { kind: "file", problem: "" };
  if (stats.isDirectory()) return { kind: "folder", problem: "" };
  return { kind: "other", problem: "it is neither a file nor a folder" };
}
