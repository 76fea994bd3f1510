import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Manifest,
  readJson,
  readText,
  repositoryFiles,
  workspacePackages,
} from "../../scripts/check/repository.ts";
import { importsOf, namesPathIn, packageOf } from "../../scripts/check/scan-code.ts";

/** What each package may import of the others. Run-time code never imports build-time code, and nothing imports the command line. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  onnx: ["core", "store"],
  store: ["core", "identity"],
  identity: ["core"],
  "aws-lambda": ["core"],
  "azure-functions": ["core"],
  http: ["core"],
  "cloud-functions": ["core", "http"],
  server: ["core", "http"],
  pack: ["core", "onnx", "store", "plan"],
  plan: ["core"],
  "serverless-plugin": ["core", "pack", "plan"],
  cli: [
    "core",
    "identity",
    "onnx",
    "store",
    "aws-lambda",
    "azure-functions",
    "cloud-functions",
    "server",
    "pack",
    "plan",
  ],
};

/** Packages that a package adds to its bundles without an import of its own: users must have them installed. */
const PUTS_INTO_BUNDLES: Readonly<Record<string, readonly string[]>> = { pack: ["@tricast/store"] };

const packages = workspacePackages();
const files = repositoryFiles();

/** The packages that the TypeScript files under `folder` import, each with a file that does. */
function importedUnder(...folders: readonly string[]): Map<string, string> {
  const imported = new Map<string, string>();
  for (const file of files) {
    if (!file.endsWith(".ts") || !folders.some((folder) => file.startsWith(folder))) continue;
    for (const name of importsOf(readText(file) ?? "").map(packageOf)) {
      if (name !== undefined && !imported.has(name)) imported.set(name, file);
    }
  }
  return imported;
}

/** Whether a source of the package finds files of `name` by path, because the import itself would cost too much. */
function isResolved(folder: string, name: string): boolean {
  const sources = files.filter((file) => file.startsWith(`packages/${folder}/src/`) && file.endsWith(".ts"));
  return sources.some((file) => namesPathIn(readText(file) ?? "", name));
}

function declared({ dependencies, peerDependencies, optionalDependencies }: Manifest): Set<string> {
  return new Set(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }));
}

describe("dependencies of packages", () => {
  for (const { folder, manifest } of packages) {
    it(`${manifest.name} declares exactly what it imports, types included`, () => {
      const imported = importedUnder(`packages/${folder}/src/`);
      // A package that imports its own name resolves to itself.
      imported.delete(manifest.name);
      const bundled = PUTS_INTO_BUNDLES[folder] ?? [];
      const unused = [...declared(manifest)].filter(
        (name) => !imported.has(name) && !isResolved(folder, name) && !bundled.includes(name),
      );
      assert.deepEqual(unused, [], "declared and not used");
      assert.deepEqual(
        [...imported].filter(([name]) => !declared(manifest).has(name)),
        [],
        "used and not declared",
      );
    });

    it(`${manifest.name} depends in the one direction`, () => {
      const allowed = MAY_IMPORT[folder];
      assert.ok(allowed, `packages/${folder} is new: say in MAY_IMPORT what it may import`);
      const ours = packages.filter((other) => declared(manifest).has(other.manifest.name)).map((other) => other.folder);
      assert.deepEqual(
        ours.filter((other) => !allowed.includes(other)),
        [],
      );
    });
  }

  it("the directions have no cycle", () => {
    const visit = (folder: string, path: readonly string[]): void => {
      assert.ok(!path.includes(folder), [...path, folder].join(" -> "));
      for (const next of MAY_IMPORT[folder] ?? []) visit(next, [...path, folder]);
    };
    for (const folder of Object.keys(MAY_IMPORT)) visit(folder, []);
  });

  it("no relative import leaves its package", () => {
    const leaving = files
      .filter((file) => /^packages\/[^/]+\/src\/.*\.ts$/.test(file))
      .flatMap((file) =>
        importsOf(readText(file) ?? "")
          .filter((specifier) => specifier.startsWith("."))
          .map((specifier) => new URL(specifier, `file:///${file}`).pathname.slice(1))
          .filter((target) => !target.startsWith(`${file.split("/", 3).join("/")}/`))
          .map((target) => `${file} imports ${target}`),
      );
    assert.deepEqual(leaving, []);
  });

  it("packages ask for each other in the version they have", () => {
    const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]));
    for (const { manifest } of packages) {
      for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
        if (versions.has(name)) assert.equal(range, versions.get(name), `${manifest.name} asks for ${name} ${range}`);
      }
    }
  });
});

describe("dependencies of the workspace", () => {
  const root = readJson<Manifest>("package.json");

  it("declares what its handlers, scripts and tests import", () => {
    const own = new Set([
      ...packages.map(({ manifest }) => manifest.name),
      ...declared(root),
      ...Object.keys(root.devDependencies ?? {}),
    ]);
    const tests = packages.map(({ folder }) => `packages/${folder}/test/`);
    const ofPackages = new Set(packages.flatMap(({ manifest }) => [...declared(manifest)]));
    const undeclared = [...importedUnder("handlers/", "scripts/", "test/", ...tests)].filter(
      ([name]) => !own.has(name) && !own.has(`@types/${name}`) && !ofPackages.has(name),
    );
    assert.deepEqual(undeclared, []);
  });

  it("pins each exactly, so that two machines install the same", () => {
    const loose = Object.entries(root.devDependencies ?? {}).filter(
      ([, range]) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/.test(range),
    );
    assert.deepEqual(loose, []);
  });
});
