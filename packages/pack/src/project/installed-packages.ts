import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { missingDependency } from "../errors.ts";
import { remember } from "../files/remember.ts";

/** The members of a package.json that a build reads. */
export interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly repository?: string | { readonly url?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** An installed package, or one of a workspace. */
export interface InstalledPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly manifest: PackageManifest;
}

const byFolder = new Map<string, InstalledPackage | undefined>();

/** The package that a file belongs to: the nearest manifest above it that has a name. */
export function packageOfFile(file: string): InstalledPackage | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const found = readPackage(folder);
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The package in a folder; `undefined` without a manifest that has a name. Read once per process. */
export function readPackage(folder: string): InstalledPackage | undefined {
  return remember(byFolder, folder, () => readNow(folder));
}

/** The package.json in a folder, with or without a name. */
export function readManifest(folder: string): PackageManifest | undefined {
  const file = join(folder, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as PackageManifest) : undefined;
}

/** The packages that the project in a folder depends on. */
export function dependencyNames(folder: string): ReadonlySet<string> {
  const { dependencies, optionalDependencies } = readManifest(folder) ?? {};
  return new Set(Object.keys({ ...dependencies, ...optionalDependencies }));
}

function readNow(folder: string): InstalledPackage | undefined {
  const manifest = readManifest(folder);
  if (typeof manifest?.name !== "string") return undefined;
  return { folder, name: manifest.name, version: manifest.version ?? "0.0.0", manifest };
}

/** The package that `require(name)` in `folder` finds. Its `exports` do not matter. */
export function findPackage(name: string, folder: string): InstalledPackage | undefined {
  for (let above = folder; ; above = dirname(above)) {
    const candidate = join(above, "node_modules", name);
    if (basename(above) !== "node_modules" && existsSync(join(candidate, "package.json")))
      return readPackage(realpathSync(candidate));
    if (above === dirname(above)) return undefined;
  }
}

/** @throws {TricastError} `missing-dependency` with the message where the package is not installed. */
export function requirePackage(name: string, folder: string, message: string): InstalledPackage {
  const found = findPackage(name, folder);
  if (found === undefined) throw missingDependency(message);
  return found;
}

/** `a/b` of `a/b/c` for scoped names, `a` of `a/b` for others. */
export function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/**
 * Every file of a package, with `/`, sorted, without the packages installed below it. A link to a file of the package is a
 * file: an install step may link `libx.so` to `libx.so.1`.
 */
export function listFiles(folder: string): string[] {
  const files: string[] = [];
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below + entry.name;
      if (entry.isDirectory()) {
        if (entry.name !== "node_modules") walk(`${path}/`);
      } else if (entry.isFile() || (entry.isSymbolicLink() && isFileBelow(folder, path))) files.push(path);
    }
  };
  walk("");
  return files.sort();
}

function isFileBelow(folder: string, path: string): boolean {
  const file = join(folder, path);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  return realpathSync(file).startsWith(join(realpathSync(folder), "/"));
}
