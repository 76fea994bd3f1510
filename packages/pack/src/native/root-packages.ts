import { relative } from "node:path";
import { slashed } from "../files/artefact-file.ts";
import { findPackage, type InstalledPackage } from "../project/installed-packages.ts";

/** The folder beside the bundle with native code that no name finds from the bundle. */
export const NATIVE_FOLDER = "native";

/** A package with the name that its importer uses, which is another name than its own where it is installed as an alias. */
export interface ImportedPackage {
  readonly name: string;
  readonly package: InstalledPackage;
}

/** A package that the bundle imports. */
export interface RootPackage extends ImportedPackage {
  /** The folder in the artefact that has its node_modules; `""` for the folder of the bundle. */
  readonly parent: string;
}

/** The path of the package in the artefact. */
export function folderOf({ name, parent }: Omit<RootPackage, "package">): string {
  return parent === "" ? `node_modules/${name}` : `${parent}/node_modules/${name}`;
}

/**
 * Gives each package that the bundle imports a folder. Packages with one name, which importers with different node_modules
 * have, get different folders: the one that the project itself finds is beside the bundle, and others are in a folder of
 * their own. Neither folders nor their order depend on the place of the project.
 */
export function assignPlaces(imported: readonly ImportedPackage[], root: string): RootPackage[] {
  const byName = [...Map.groupBy(imported, ({ name }) => name)].sort(([a], [b]) => (a < b ? -1 : 1));
  return byName.flatMap(([name, all]) => {
    const own = findPackage(name, root)?.folder;
    const key = ({ package: { folder, version } }: ImportedPackage) =>
      `${folder === own ? 0 : 1} ${version} ${slashed(relative(root, folder))}`;
    const sorted = all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    return sorted.map((one, at): RootPackage => {
      const { version } = one.package;
      const before = sorted.slice(1, at).filter((other) => other.package.version === version).length;
      const label = `${name.replace("/", "+")}@${version}${before === 0 ? "" : `-${before + 1}`}`;
      return { ...one, parent: at === 0 ? "" : `${NATIVE_FOLDER}/${label}` };
    });
  });
}
