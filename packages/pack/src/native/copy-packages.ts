import { join } from "node:path";
import type { TricastError } from "@tricast/core";
import type { Found } from "../bundle/native-plugin.ts";
import { wrongArchitecture } from "../errors.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import { findPackage, type InstalledPackage, requirePackage } from "../project/installed-packages.ts";
import { checkElf, checkNativeFile, type System } from "./check-elf.ts";
import { readElf } from "./elf.ts";
import { hasAddon } from "./is-native.ts";
import { isNamedFor, suits } from "./named-systems.ts";
import { isAddon, runtimeFiles } from "./package-files.ts";
import { layOutPackages, type PlacedPackage } from "./package-tree.ts";
import type { ImportedPackage } from "./root-packages.ts";

/** The native code beside a bundle. */
export interface NativeParts {
  readonly files: readonly ArtefactFile[];
  /** The packages of the files. */
  readonly packages: readonly InstalledPackage[];
}

/**
 * Addons that the project names by path, and packages with native code. Those and their dependencies are in node_modules
 * folders, without the files for other platforms and without files that are never run.
 * @param wanted names of the packages that the project depends on.
 * @throws {TricastError} `wrong-architecture` where a package is not installed for the target.
 */
export function nativeParts({ files, packages }: Found, system: System, wanted: ReadonlySet<string>): NativeParts {
  const own = files.map(({ path, from }): ArtefactFile => {
    checkNativeFile(from, from, system);
    return { path, content: { from }, origin: "an addon that your code loads by its path" };
  });
  const placed = layOutPackages(packages, (one) => dependenciesOf(one, system, wanted));
  return {
    files: [...own, ...placed.flatMap((one) => filesOf(one, system))],
    packages: placed.map((one) => one.package),
  };
}

/** Sorted by name. Each name finds its package from the folder of the dependent. */
function dependenciesOf(one: InstalledPackage, system: System, wanted: ReadonlySet<string>): ImportedPackage[] {
  const { dependencies = {}, optionalDependencies = {} } = one.manifest;
  const needed = Object.keys(dependencies)
    .filter((name) => !(name in optionalDependencies))
    .map((name) => {
      const message = `${nameOf(one)} needs ${name}, which is not installed; run: npm install`;
      return { name, package: requirePackage(name, one.folder, message) };
    });
  const optional = Object.keys(optionalDependencies).flatMap((name) => {
    const found = findPackage(name, one.folder);
    if (found === undefined && isNamedFor(name, system)) throw notInstalled(one, name, system);
    return found !== undefined && suits(found, system) ? [{ name, package: found }] : [];
  });
  const all = [...needed, ...optional, ...peersOf(one, wanted)];
  return [...new Map(all.map((found) => [found.name, found])).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Peers that are installed. An optional peer that is installed by chance would make two builds differ. */
function peersOf({ manifest, folder }: InstalledPackage, wanted: ReadonlySet<string>): ImportedPackage[] {
  const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  return Object.keys(peerDependencies).flatMap((name) => {
    if (peerDependenciesMeta[name]?.optional === true && !wanted.has(name)) return [];
    const found = findPackage(name, folder);
    return found === undefined ? [] : [{ name, package: found }];
  });
}

function filesOf({ package: one, path }: PlacedPackage, system: System): ArtefactFile[] {
  const files = runtimeFiles(one.folder, system);
  const addons = files.filter(isAddon);
  if (addons.length === 0 && isLeftWithout(one)) throw notInstalled(one, "it has no addon for this system", system);
  for (const file of addons) {
    const elf = readElf(join(one.folder, file));
    if (elf === undefined) throw notInstalled(one, file, system);
    checkElf(`${nameOf(one)}/${file}`, elf, system);
  }
  return files.map((file) => ({
    path: `${path}/${file}`,
    content: { from: join(one.folder, file) },
    origin: `${nameOf(one)}: a package with native code, or a dependency of such a package`,
  }));
}

/** The package has addons, all of them for other platforms. */
function isLeftWithout({ folder, manifest }: InstalledPackage): boolean {
  return manifest.optionalDependencies === undefined && hasAddon(folder);
}

function nameOf({ name, version }: InstalledPackage): string {
  return `${name}@${version}`;
}

function notInstalled(one: InstalledPackage, what: string, { name, arch }: System): TricastError {
  return wrongArchitecture(
    `${nameOf(one)} is not installed for ${name} on ${arch} (${what}); run: npm install --os=linux --cpu=${arch} --libc=glibc ${one.name}`,
  );
}
