import { bundleFailed } from "../errors.ts";
import { remember } from "../files/remember.ts";
import type { InstalledPackage } from "../project/installed-packages.ts";
import { folderOf, type ImportedPackage, type RootPackage } from "./root-packages.ts";

/** A package at its path in the artefact. */
export interface PlacedPackage {
  readonly path: string;
  readonly package: InstalledPackage;
}

/** A name that the package at `path` finds in the node_modules of `parent`. */
interface Use {
  readonly path: string;
  readonly name: string;
  readonly parent: string;
}

interface Tree {
  /** By path. */
  readonly placed: Map<string, InstalledPackage>;
  readonly uses: Use[];
  dependenciesOf(one: InstalledPackage): readonly ImportedPackage[];
}

/**
 * Lays packages and their dependencies out so that each finds the packages that it finds where it is installed. Those may be
 * links of pnpm or of a workspace. An artefact has no links, so a package is in two folders if no one folder serves all of
 * its importers.
 * @throws {TricastError} `bundle-failed` for versions that need each other in a way that only links can express.
 */
export function layOutPackages(
  roots: readonly RootPackage[],
  dependenciesOf: (one: InstalledPackage) => readonly ImportedPackage[],
): PlacedPackage[] {
  const known = new Map<InstalledPackage, readonly ImportedPackage[]>();
  const placed = new Map(roots.map((root) => [folderOf(root), root.package]));
  const tree: Tree = { placed, uses: [], dependenciesOf: (one) => remember(known, one, () => dependenciesOf(one)) };
  // Also visits the packages that the loop adds. The dependencies of a package come before the dependencies of those.
  for (const [path, one] of placed)
    for (const dependency of tree.dependenciesOf(one)) tree.uses.push(placeFor(path, one, dependency, tree));
  return [...placed].map(([path, one]) => ({ path, package: one }));
}

/** Places a dependency of the package at `path`, unless that already finds it. */
function placeFor(path: string, one: InstalledPackage, dependency: ImportedPackage, tree: Tree): Use {
  const { name, package: wanted } = dependency;
  const parents = searchedFrom(path);
  const at = parents.findIndex((parent) => tree.placed.has(folderOf({ name, parent })));
  const found = parents[at];
  const isFound = found !== undefined && isAt(found, dependency, tree);
  const free = at < 0 ? parents : parents.slice(0, at);
  const beside = isForOneSystem(one) ? parents[1] : undefined;
  const isBesideFree = beside !== undefined && free.includes(beside) && !hidesOther(beside, dependency, tree);
  if (isFound && !isBesideFree) return { path, name, parent: found };
  const parent = isBesideFree ? beside : chooseParent(free, one, dependency, tree);
  refuseEndless(parent, wanted, tree);
  tree.placed.set(folderOf({ name, parent }), wanted);
  return { path, name, parent };
}

/**
 * The highest folder that hides nothing and where the dependency finds what it needs. A peer of its dependent's other
 * dependencies finds them only beside them.
 * @param free the folders that may have it, the dependent's own first.
 */
function chooseParent(
  free: readonly string[],
  dependent: InstalledPackage,
  dependency: ImportedPackage,
  tree: Tree,
): string {
  const [own = ""] = free;
  const harmless = free.filter((parent) => !hidesOther(parent, dependency, tree)).toReversed();
  const needs = tree.dependenciesOf(dependency.package);
  const suitable = harmless.find((parent) => !needs.some((need) => findsOther(parent, need, tree)));
  if (suitable !== undefined) return suitable;
  const isPeer = tree.dependenciesOf(dependent).some((sibling) => needs.some((need) => isSame(need, sibling)));
  return isPeer ? own : (harmless[0] ?? own);
}

/** The folders whose node_modules Node searches from a package, the nearest first. */
function searchedFrom(path: string): string[] {
  const parents = [path];
  for (let at = path.lastIndexOf("node_modules/"); at > 0; at = path.lastIndexOf("node_modules/", at - 1))
    parents.push(path.slice(0, at - 1));
  return [...parents, ""];
}

function isAt(parent: string, { name, package: { folder } }: ImportedPackage, { placed }: Tree): boolean {
  return placed.get(folderOf({ name, parent }))?.folder === folder;
}

/** Whether a package in the node_modules of `parent` finds another package than the one that it needs. */
function findsOther(parent: string, need: ImportedPackage, tree: Tree): boolean {
  const found = searchedFrom(parent).find((above) => tree.placed.has(folderOf({ name: need.name, parent: above })));
  return found !== undefined && !isAt(found, need, tree);
}

/** Whether the package in the node_modules of `parent` would hide another one that a package below has found above. */
function hidesOther(parent: string, dependency: ImportedPackage, tree: Tree): boolean {
  return tree.uses.some(
    (use) =>
      use.name === dependency.name &&
      isWithin(use.path, parent) &&
      !isWithin(use.parent, parent) &&
      !isAt(use.parent, dependency, tree),
  );
}

/** Such a package (`@img/sharp-linux-x64`) loads the libraries of another by their path, `../../sharp-libvips-linux-x64`. */
function isForOneSystem({ manifest: { os, cpu } }: InstalledPackage): boolean {
  return os !== undefined || cpu !== undefined;
}

function isWithin(path: string, folder: string): boolean {
  return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

function isSame(a: ImportedPackage, b: ImportedPackage): boolean {
  return a.name === b.name && a.package.folder === b.package.folder;
}

/** A package below itself would need its dependencies below itself again. */
function refuseEndless(parent: string, { name, version, folder }: InstalledPackage, { placed }: Tree): void {
  if (!searchedFrom(parent).some((path) => placed.get(path)?.folder === folder)) return;
  throw bundleFailed(
    `${name}@${version} and its dependencies need each other in several versions (${parent}), which folders without links cannot express; install one version of ${name}`,
  );
}
