import { join } from "node:path";
import type { TricastError } from "@tricast/core";
import { missingDependency, wrongArchitecture } from "../errors.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import { findPackage, type InstalledPackage, listFiles } from "../project/installed-packages.ts";
import { checkElf, type System } from "./check-elf.ts";
import { readElf } from "./elf.ts";

/**
 * Packages with native code and everything they depend on, as a node_modules folder: without what is for other
 * platforms, and without what nothing runs.
 * @throws {TricastError} `wrong-architecture` where a package is not installed for the target.
 */
export function copyPackages(packages: readonly InstalledPackage[], system: System): ArtefactFile[] {
  const placed = new Map<string, InstalledPackage>();
  for (const one of packages) place(one, "node_modules", placed, system);
  return [...placed].flatMap(([path, one]) => filesOf(one, path, system));
}

/** At the top, unless another version is there already. */
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
    .map((name) => findPackage(name, one.folder) ?? missing(one, name));
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

/** A package named for exactly this target, as `@img/sharp-linux-arm64` is. */
function isNamedFor(name: string, { arch }: System): boolean {
  const words = wordsOf(name);
  return (
    words.includes("linux") &&
    words.some((word) => OWN_PROCESSOR[arch].test(word)) &&
    !words.some((word) => OTHER_LIBC.test(word))
  );
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

/** Sources, build files, declarations, maps and documents: nothing that runs reads them. */
const NEVER_RUN =
  /\.(c|cc|cpp|cxx|h|hpp|gyp|gypi|d\.ts|d\.mts|d\.cts|map|md|markdown|ts|obj|pdb|lib|o|a)$|(^|\/)(test|tests|docs?|example|examples|\.github)\//i;
const LICENSE = /(^|\/)(licen[cs]e|copying|notice)/i;

function filesOf(one: InstalledPackage, path: string, system: System): ArtefactFile[] {
  const files = listFiles(one.folder).filter(
    (file) => LICENSE.test(file) || !(NEVER_RUN.test(file) || isForAnother(file, system)),
  );
  const addons = files.filter((file) => /\.(node|so(\.\d+)*)$/.test(file));
  if (addons.length === 0 && isLeftWithout(one)) throw notInstalled(one, "no addon for it", system);
  for (const file of addons) {
    const elf = readElf(join(one.folder, file));
    if (elf === undefined) throw notInstalled(one, file, system);
    checkElf(`${one.name}@${one.version}/${file}`, elf, system);
  }
  return files.map((file) => ({
    path: `${path}/${file}`,
    content: { from: join(one.folder, file) },
    origin: `${one.name}@${one.version}: a package with native code, or one that it needs`,
  }));
}

/** It has addons, and for other platforms only. */
function isLeftWithout({ folder, manifest }: InstalledPackage): boolean {
  return manifest.optionalDependencies === undefined && listFiles(folder).some((file) => file.endsWith(".node"));
}

/** By the words in its path: `prebuilds/darwin-x64/binding.node`. */
function isForAnother(file: string, { arch }: System): boolean {
  if (!/\.(node|so(\.\d+)*|dylib|dll)$/.test(file)) return false;
  const words = wordsOf(file.replace(/\.(node|so(\.\d+)*|dylib|dll)$/, ""));
  return (
    /\.(dylib|dll)$/.test(file) ||
    words.some((word) => OTHER_SYSTEMS.test(word) || OTHER_LIBC.test(word) || OTHER_PROCESSORS[arch].test(word))
  );
}

function missing(one: InstalledPackage, name: string): never {
  throw missingDependency(`${one.name}@${one.version} needs ${name}, which is not installed; run: npm install`);
}

function notInstalled(one: InstalledPackage, what: string, { name, arch }: System): TricastError {
  return wrongArchitecture(
    `${one.name}@${one.version} is not installed for ${name} on ${arch} (${what}); run: npm install --os=linux --cpu=${arch} --libc=glibc ${one.name}`,
  );
}
