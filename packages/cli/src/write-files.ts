import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "@tricast/core/adapter";
import type { OutputFile } from "@tricast/plan";

/** Writes only files that differ, so that file watchers do not react to unchanged ones. @returns the paths written. */
export function writeFiles(folder: string, files: readonly OutputFile[]): readonly string[] {
  return files.filter((file) => write(join(folder, file.path), file)).map(({ path }) => path);
}

function write(path: string, { text, executable = false }: OutputFile): boolean {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return false;
  makeFolder(dirname(path));
  writeFileSync(path, text);
  if (executable) chmodSync(path, 0o755);
  return true;
}
