import { findPackage, type InstalledPackage, listFiles } from "../project/installed-packages.ts";

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
