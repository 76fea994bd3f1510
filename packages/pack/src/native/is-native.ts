import { readdirSync } from "node:fs";
import { join } from "node:path";
import { findPackage, type InstalledPackage } from "../packages.ts";

const known = new Map<string, boolean>();

/**
 * Whether a package has native code: an addon in it, or in one of the packages it lists for each platform (as sharp and
 * many others do).
 */
export function isNative(one: InstalledPackage): boolean {
  const found = known.get(one.folder);
  if (found !== undefined) return found;
  // Before its dependencies, which may lead back here.
  known.set(one.folder, hasAddon(one.folder));
  const platforms = Object.keys(one.manifest.optionalDependencies ?? {}).flatMap(
    (name) => findPackage(name, one.folder) ?? [],
  );
  const isIt = known.get(one.folder) === true || platforms.some(({ folder }) => hasAddon(folder));
  known.set(one.folder, isIt);
  return isIt;
}

function hasAddon(folder: string): boolean {
  return listFiles(folder).some((file) => file.endsWith(".node"));
}

/** Every file of a package, with `/`, sorted, without the packages installed below it. */
export function listFiles(folder: string): string[] {
  const files: string[] = [];
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below + entry.name;
      if (entry.isDirectory()) {
        if (entry.name !== "node_modules") walk(`${path}/`);
      } else if (entry.isFile()) files.push(path);
    }
  };
  walk("");
  return files.sort();
}
