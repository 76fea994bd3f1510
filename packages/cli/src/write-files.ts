import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OutputFile } from "@tricast/plan";

/** Writes what differs, so that nothing that watches files wakes up for nothing. Returns the paths written. */
export function writeFiles(folder: string, files: readonly OutputFile[]): readonly string[] {
  return files.filter((file) => write(join(folder, file.path), file)).map(({ path }) => path);
}

function write(path: string, { text, executable = false }: OutputFile): boolean {
  if (existing(path) === text) return false;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  if (executable) chmodSync(path, 0o755);
  return true;
}

function existing(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
