import { join } from "node:path";
import type { TricastError } from "@tricast/core";
import type { Found } from "../bundle/native-plugin.ts";
import { wrongArchitecture } from "../errors.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import { findPackage, type InstalledPackage, listFiles, requirePackage } from "../project/installed-packages.ts";
import { checkElf, checkNativeFile, type System } from "./check-elf.ts";
import { readElf } from "./elf.ts";
import { hasAddon } from "./is-native.ts";

/** Addons that the project names by path, and packages with native code. */
export function dependencyFiles({ files, packages }: Found, system: System): ArtefactFile[] {
  const own = files.map(({ path, from }): ArtefactFile => {
    checkNativeFile(from, from, system);
    return { path, content: { from }, origin: "an addon that your code loads by its path" };
  });
  return [...own, ...copyPackages(packages, system)];
}

/**
 * Packages with native code and their dependencies, as a node_modules folder, without the files for other platforms and
 * without files that are never run.
 * @throws {TricastError} `wrong-architecture` where a package is not installed for the target.
 */
function copyPackages(packages: readonly InstalledPackage[], system: System): ArtefactFile[] {
  const placed = new Map<string, InstalledPackage>();
  for (const one of packages) place(one, "node_modules", placed, system);
  return [...placed].flatMap(([path, one]) => filesOf(one, path, system));
}

/** At the top, unless another version has that path. */
function place(one: InstalledPackage, parent: string, placed: Map<string, InstalledPackage>, system: System): void {
  const top = `node_modules/${one.name}`;
  const isFree = !placed.has(top) || placed.get(top)?.folder === one.folder;
  const path = isFree ? top : `${parent}/node_modules/${one.name}`;
  if (placed.get(path)?.folder === one.folder) return;
  placed.set(path, one);
  for (const dependency of dependenciesOf(one, system)) place(dependency, path, placed, system);
}

function dependenciesOf(one: InstalledPackage, system: System): InstalledPackage[] {
  const { dependencies = {}, optionalDependencies = {} } = one.manifest;
  const needed = Object.keys(dependencies)
    .filter((name) => !(name in optionalDependencies))
    .map((name) =>
      requirePackage(name, one.folder, `${nameOf(one)} needs ${name}, which is not installed; run: npm install`),
    );
  const optional = Object.keys(optionalDependencies).flatMap((name) => {
    const found = findPackage(name, one.folder);
    if (found === undefined && isNamedFor(name, system)) throw notInstalled(one, name, system);
    return found !== undefined && suits(found, system) ? [found] : [];
  });
  return [...needed, ...optional];
}

const OTHER_SYSTEMS = /^(darwin|macos|osx|win32|windows|freebsd|openbsd|netbsd|android|aix|sunos|wasm32|wasi)$/;
const OTHER_LIBC = /^(musl|linuxmusl|alpine)$/;
const OTHER_PROCESSORS: Readonly<Record<System["arch"], RegExp>> = {
  x64: /^(arm64|aarch64|arm|armv[67]l?|arm6|ia32|x86|s390x|ppc64(le)?|riscv64|loong64|universal)$/,
  arm64: /^(x64|x86_64|amd64|arm|armv[67]l?|arm6|ia32|x86|s390x|ppc64(le)?|riscv64|loong64|universal)$/,
};
const OWN_PROCESSOR: Readonly<Record<System["arch"], RegExp>> = {
  x64: /^(x64|x86_64|amd64)$/,
  arm64: /^(arm64|aarch64)$/,
};

/** A package whose name has this target, such as `@img/sharp-linux-arm64`. */
function isNamedFor(name: string, { arch }: System): boolean {
  const words = wordsOf(name);
  const has = (pattern: RegExp) => words.some((word) => pattern.test(word));
  return words.includes("linux") && has(OWN_PROCESSOR[arch]) && !has(OTHER_LIBC);
}

function suits({ manifest: { os, cpu, libc } }: InstalledPackage, { arch }: System): boolean {
  const allows = (list: readonly string[] | undefined, value: string) =>
    list === undefined ||
    list.includes(value) ||
    (list.every((one) => one.startsWith("!")) && !list.includes(`!${value}`));
  return allows(os, "linux") && allows(cpu, arch) && allows(libc, "glibc");
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^a-z0-9_]+/);
}

/** Sources, build files, declarations, maps and documents: no program reads them at run time. */
const NEVER_RUN =
  /\.(c|cc|cpp|cxx|h|hpp|gyp|gypi|d\.ts|d\.mts|d\.cts|map|md|markdown|ts|obj|pdb|lib|o|a)$|(^|\/)(test|tests|docs?|example|examples|\.github)\//i;
const LICENSE = /(^|\/)(licen[cs]e|copying|notice)/i;

function filesOf(one: InstalledPackage, path: string, system: System): ArtefactFile[] {
  const files = listFiles(one.folder).filter(
    (file) => LICENSE.test(file) || !(NEVER_RUN.test(file) || isForAnother(file, system)),
  );
  const addons = files.filter((file) => ADDON.test(file));
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

const ADDON = /\.(node|so(\.\d+)*)$/;
const FOREIGN_LIBRARY = /\.(dylib|dll)$/;

/** By the words in its path: `prebuilds/darwin-x64/binding.node`. */
function isForAnother(file: string, { arch }: System): boolean {
  if (FOREIGN_LIBRARY.test(file)) return true;
  if (!ADDON.test(file)) return false;
  const others = [OTHER_SYSTEMS, OTHER_LIBC, OTHER_PROCESSORS[arch]];
  return wordsOf(file.replace(ADDON, "")).some((word) => others.some((pattern) => pattern.test(word)));
}

function nameOf({ name, version }: InstalledPackage): string {
  return `${name}@${version}`;
}

function notInstalled(one: InstalledPackage, what: string, { name, arch }: System): TricastError {
  return wrongArchitecture(
    `${nameOf(one)} is not installed for ${name} on ${arch} (${what}); run: npm install --os=linux --cpu=${arch} --libc=glibc ${one.name}`,
  );
}
