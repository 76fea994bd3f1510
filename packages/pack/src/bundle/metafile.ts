import { resolve } from "node:path";
import type { Metafile } from "esbuild";
import { type InstalledPackage, packageOfFile } from "../project/installed-packages.ts";

/** The files among the inputs of a metafile, absolute. A module made by a plugin has a namespace before its path. */
export function inputFiles(paths: readonly string[], root: string): string[] {
  return paths.filter((path) => !/^[a-z-]{2,}:/.test(path)).map((path) => resolve(root, path));
}

/** Packages with code in the output, without the package in `root`, sorted by name. */
export function bundledPackages({ outputs }: Metafile, root: string): InstalledPackage[] {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((path) => (inputs[path]?.bytesInOutput ?? 0) > 0),
  );
  const packages = new Map<string, InstalledPackage>();
  for (const file of inputFiles(used, root)) {
    const found = packageOfFile(file);
    if (found !== undefined && found.folder !== root) packages.set(found.folder, found);
  }
  return [...packages.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
