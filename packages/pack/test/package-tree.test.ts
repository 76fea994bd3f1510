import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { layOutPackages } from "../src/native/package-tree.ts";
import { assignPlaces, folderOf, type ImportedPackage } from "../src/native/root-packages.ts";
import type { InstalledPackage } from "../src/project/installed-packages.ts";

/** Packages by their ids, such as `nat@1`, each with the ids that its names find. */
type Graph = Readonly<Record<string, readonly string[]>>;

const nameOf = (id: string) => id.slice(0, id.lastIndexOf("@"));

function packageOf(id: string): InstalledPackage {
  const [name, version] = [nameOf(id), id.slice(id.lastIndexOf("@") + 1)];
  const manifest = name.endsWith("-x64") ? { os: ["linux"], cpu: ["x64"] } : {};
  return { folder: `/store/${id}/node_modules/${name}`, name, version, manifest };
}

/** The paths in the artefact, with the ids of the packages there. */
function layOut(graph: Graph, roots: readonly string[]) {
  const packages = new Map(Object.keys(graph).map((id) => [packageOf(id).folder, { id, package: packageOf(id) }]));
  const imported = (id: string): ImportedPackage => ({
    name: nameOf(id),
    package: packages.get(packageOf(id).folder)?.package ?? assert.fail(id),
  });
  const dependenciesOf = ({ folder }: InstalledPackage) => (graph[packages.get(folder)?.id ?? ""] ?? []).map(imported);
  const rootPackages = assignPlaces(roots.map(imported), "/project");
  const placed = layOutPackages(rootPackages, dependenciesOf);
  const byPath = new Map(placed.map((one) => [one.path, packages.get(one.package.folder)?.id ?? ""]));
  return { byPath, roots: rootPackages.map((one) => [folderOf(one), packages.get(one.package.folder)?.id]) };
}

/** As Node does: every node_modules above, the nearest first. */
function findFrom(path: string, name: string, byPath: ReadonlyMap<string, string>): string | undefined {
  const parts = path.split("/");
  for (let length = parts.length; length >= 0; length--) {
    if (parts[length - 1] === "node_modules") continue;
    const candidate = [...parts.slice(0, length), "node_modules", name].join("/");
    const found = byPath.get(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

function assertFaithful(graph: Graph, roots: readonly string[]): void {
  const { byPath, roots: places } = layOut(graph, roots);
  for (const [path, id] of places) assert.equal(byPath.get(path as string), id);
  assert.deepEqual(new Set(places.map(([, id]) => id)), new Set(roots));
  for (const [path, id] of byPath)
    for (const wanted of graph[id] ?? []) assert.equal(findFrom(path, nameOf(wanted), byPath), wanted, `from ${path}`);
}

const NAMES = ["a", "b-x64", "@s/c", "d"];
const IDS = NAMES.flatMap((name) => [1, 2, 3].map((version) => `${name}@${version}`));

/** @param isAllowed whether a package may depend on another, by their positions in `IDS`. */
function graphs(isAllowed: (from: number, to: number) => boolean): fc.Arbitrary<Graph> {
  const edges = fc.array(fc.integer({ min: 0, max: IDS.length - 1 }), { maxLength: 4 });
  return fc.array(edges, { minLength: IDS.length, maxLength: IDS.length }).map((all) =>
    Object.fromEntries(
      IDS.map((id, from) => {
        const wanted = (all[from] ?? []).filter((to) => isAllowed(from, to)).map((to) => IDS[to] as string);
        return [id, [...new Map(wanted.map((one) => [nameOf(one), one])).values()].sort()];
      }),
    ),
  );
}

const someRoots = fc.uniqueArray(fc.constantFrom(...IDS), { minLength: 1, maxLength: 5 });

describe("a tree of packages", () => {
  it("gives every package the versions that it finds where it is installed", () => {
    fc.assert(
      fc.property(
        graphs((from, to) => (from * 7) % 12 < (to * 7) % 12),
        someRoots,
        assertFaithful,
      ),
    );
  });

  it("does so for packages that need each other, or refuses them", () => {
    const property = fc.property(
      graphs(() => true),
      someRoots,
      (graph, roots) => {
        try {
          assertFaithful(graph, roots);
        } catch (error) {
          assert.match((error as Error).message, /need each other in several versions .*; install one version of/);
        }
      },
    );
    fc.assert(property);
  });

  it("has one folder per package where that serves all importers", () => {
    const graph = { "app@1": ["lib@1", "nat@1"], "lib@1": ["nat@1"], "nat@1": [] };
    assert.deepEqual([...layOut(graph, ["app@1"]).byPath.keys()].sort(), [
      "node_modules/app",
      "node_modules/lib",
      "node_modules/nat",
    ]);
  });

  it("keeps a peer beside the version that both it and its dependent use", () => {
    for (const peer of ["peer", "a-peer"]) {
      const needs = ["nat@3", `${peer}@1`].sort();
      const graph = { "nat@2": [], "mid@1": needs, "nat@3": [], [`${peer}@1`]: ["nat@3"] };
      const paths = [...layOut(graph, ["mid@1", "nat@2"]).byPath.keys()].sort();
      const below = ["nat", peer].map((name) => `node_modules/mid/node_modules/${name}`);
      assert.deepEqual(paths, ["node_modules/mid", ...below, "node_modules/nat"].sort());
    }
  });

  it("keeps libraries beside the packages of one system, which load them by their path", () => {
    const shared = { "@img/lib@1": [] };
    const of = (version: number) => ({
      [`sharp@${version}`]: ["@img/lib@1", `@img/sharp-x64@${version}`],
      [`@img/sharp-x64@${version}`]: ["@img/lib@1"],
    });
    const { byPath } = layOut({ ...shared, ...of(1), ...of(2) }, ["sharp@1", "sharp@2"]);
    for (const path of byPath.keys())
      if (path.endsWith("sharp-x64")) assert.ok(byPath.has(path.replace(/sharp-x64$/, "lib")), path);
  });

  it("does not put a package where it hides another from a third", () => {
    assertFaithful(
      {
        "a@1": ["b@1", "d@1"],
        "b@1": ["@s/c@2", "d@2"],
        "d@1": ["@s/c@1"],
        "d@2": ["@s/c@1"],
        "@s/c@1": [],
        "@s/c@2": [],
      },
      ["a@1", "@s/c@1"],
    );
  });
});
