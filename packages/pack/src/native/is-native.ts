import { remember } from "../files/remember.ts";
import { findPackage, type InstalledPackage, listFiles } from "../project/installed-packages.ts";

const known = new Map<string, boolean>();

/** Whether a package has an addon, or lists packages with addons for each platform (as sharp and many others do). */
export function isNative({ folder, manifest: { optionalDependencies = {} } }: InstalledPackage): boolean {
  return remember(known, folder, () => {
    const platforms = Object.keys(optionalDependencies).map((name) => findPackage(name, folder)?.folder);
    return [folder, ...platforms].some((one) => one !== undefined && hasAddon(one));
  });
}

export function hasAddon(folder: string): boolean {
  return listFiles(folder).some((file) => file.endsWith(".node"));
}
