import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NOT_A_SCRIPT, type PackedPackage } from "./pack.ts";
import { type Manifest, ownDependencies, readJson, workspacePackages } from "./repository.ts";
import { capture } from "./run.ts";

/** The project of a user who installed our packages, at `path`. */
export interface Consumer {
  readonly path: string;
  /** Every export path of its packages, such as `@tricast/aws-lambda/middy`. */
  readonly specifiers: readonly string[];
}

/** Installs every tarball together with all packages that users are asked to install, optional or not. */
export function installAll(path: string, packages: readonly PackedPackage[]): Consumer | undefined {
  const peers = packages.flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}));
  const others = peers.filter((name) => !packages.some(({ manifest }) => manifest.name === name));
  return install(path, packages, [...others, "valibot", "@valibot/to-json-schema", "@types/node"])
    ? consumer(path, packages)
    : undefined;
}

/** Installs one tarball with its dependencies, without optional ones. */
export function installAlone(
  path: string,
  packed: PackedPackage,
  packages: readonly PackedPackage[],
): Consumer | undefined {
  const closure = new Set<PackedPackage>([packed]);
  for (const one of closure) for (const needed of ownDependencies(one.manifest, packages)) closure.add(needed);
  return install(path, [...closure], ["@types/node"]) ? consumer(path, [packed]) : undefined;
}

/** Shows what npm prints when it fails. */
function npmInstall(cwd: string, ...names: readonly string[]): boolean {
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  return capture("npm", ["install", ...flags, ...names], { cwd, env: NOT_A_SCRIPT }) !== undefined;
}

function install(path: string, packages: readonly PackedPackage[], beside: readonly string[]): boolean {
  const versions = readJson<Manifest>("package.json").devDependencies ?? {};
  const dependencies = Object.fromEntries([
    ...packages.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]),
    ...beside.map((name) => [name, versions[name]]),
  ]);
  mkdirSync(path, { recursive: true });
  writeIn(path, "package.json", JSON.stringify({ name: "consumer", private: true, type: "module", dependencies }));
  return npmInstall(path);
}

function consumer(path: string, packages: readonly PackedPackage[]): Consumer {
  return { path, specifiers: packages.flatMap(({ manifest }) => specifiersOf(manifest)) };
}

function specifiersOf({ name, exports }: Manifest): string[] {
  const modules = Object.keys(exports ?? {}).filter((path) => !path.endsWith(".json"));
  return modules.map((path) => name + path.slice(1));
}

/** The oldest Node that our packages support, installed from npm at `path`. */
export function installOldNode(path: string): string | undefined {
  const windows = process.platform === "win32";
  const name = `node-${windows ? "win" : process.platform}-${process.arch}`;
  mkdirSync(path, { recursive: true });
  writeIn(path, "package.json", JSON.stringify({ private: true }));
  return npmInstall(path, `${name}@${oldestNode()}`)
    ? join(path, "node_modules", name, "bin", windows ? "node.exe" : "node")
    : undefined;
}

/** The version that `engines` of our packages begin at, as `22.18.0`. */
function oldestNode(): string {
  const ranges = new Set(workspacePackages().map(({ manifest }) => manifest.engines?.node ?? "none"));
  const [version] = [...ranges].flatMap((range) => /^>=(\d+\.\d+)$/.exec(range)?.slice(1) ?? []);
  if (ranges.size !== 1 || version === undefined) {
    throw new Error(`engines.node of the packages is ${[...ranges].join(", ")}; it must be one >=MAJOR.MINOR`);
  }
  return `${version}.0`;
}

export function writeIn(path: string, file: string, text: string): void {
  writeFileSync(join(path, file), text);
}
