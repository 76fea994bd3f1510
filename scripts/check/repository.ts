import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "..", "..");

/** The members of a package.json that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly type?: string;
  readonly private?: boolean;
  readonly sideEffects?: boolean | readonly string[];
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>> | string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  /** Folder name under packages/. */
  readonly folder: string;
  /** Absolute. */
  readonly path: string;
  readonly manifest: Manifest;
}

export function readJson<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(ROOT, ...path), "utf8")) as T;
}

/** Every package of the workspace, by folder name. */
export function workspacePackages(): readonly WorkspacePackage[] {
  return readdirSync(join(ROOT, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, "packages", entry.name, "package.json")))
    .map(({ name }) => ({
      folder: name,
      path: join(ROOT, "packages", name),
      manifest: readJson<Manifest>("packages", name, "package.json"),
    }))
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** The packages, each after its dependencies. */
export function dependencyOrder<T extends { readonly manifest: Manifest }>(packages: readonly T[]): readonly T[] {
  const ordered = new Set<T>();
  const visit = (one: T): void => {
    for (const needed of ownDependencies(one.manifest, packages)) visit(needed);
    ordered.add(one);
  };
  for (const one of packages) visit(one);
  return [...ordered];
}

/** Those of `packages` that an installation of this manifest includes. */
export function ownDependencies<T extends { readonly manifest: Manifest }>(
  { dependencies }: Manifest,
  packages: readonly T[],
): readonly T[] {
  return packages.filter(({ manifest }) => Object.hasOwn(dependencies ?? {}, manifest.name));
}

/** Every file of the repository, as paths from its root with forward slashes, without those that .gitignore names. */
export function repositoryFiles(): readonly string[] {
  const ignored = readFileSync(join(ROOT, ".gitignore"), "utf8").split("\n").filter(Boolean);
  const files: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      if (entry.name === ".git" || ignored.some((pattern) => isIgnored(entry.name, entry.isDirectory(), pattern)))
        continue;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else files.push(path);
    }
  };
  walk("");
  return files.sort();
}

/** The three forms in our .gitignore: `folder/`, `*.suffix` and `name`. */
function isIgnored(name: string, isFolder: boolean, pattern: string): boolean {
  if (/[/*].*[/*]|^\/|!/.test(pattern))
    throw new Error(`.gitignore has ${pattern}; write it as folder/, *.suffix or name`);
  if (pattern.endsWith("/")) return isFolder && name === pattern.slice(0, -1);
  return pattern.startsWith("*") ? name.endsWith(pattern.slice(1)) : name === pattern;
}

/** The text of a file, or `undefined` if it is binary. */
export function readText(path: string): string | undefined {
  const bytes = readFileSync(join(ROOT, path));
  return bytes.includes(0) ? undefined : bytes.toString("utf8");
}
