import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exportsOf, isValue } from "../../scripts/check/module-exports.ts";
import {
  dependencyOrder,
  type Manifest,
  readJson,
  readText,
  repositoryFiles,
  workspacePackages,
} from "../../scripts/check/repository.ts";
import { exportPaths } from "../../scripts/gen/api.ts";
import { toPublished } from "../../scripts/publish/published-manifest.ts";

const files = new Set(repositoryFiles());
/** Packages that publish JSON Schemas of documents they write, as files. */
const SCHEMAS = new Set(["store"]);
/**
 * Entries that are plain JavaScript in the repository, because their loader compiles nothing and a fresh clone has no
 * dist. Their declarations are beside them.
 */
const PLAIN_ENTRIES: Readonly<Record<string, { readonly default: string; readonly types: string }>> = {
  "serverless-plugin": { default: "plugin.cjs", types: "plugin.d.cts" },
};
/** The scripts that npm runs when a package is packed, the same for all; scripts/publish/swap.ts gives the reason. */
const SCRIPTS = {
  prepack: "node ../../scripts/bootstrap.mjs scripts/publish/prepack.ts $PPID",
  postpack: "node ../../scripts/bootstrap.mjs scripts/publish/postpack.ts",
};
/** The members of a package.json, in their order. */
const MEMBERS = [
  ...["name", "version", "description", "keywords", "license", "type", "sideEffects", "engines", "bin", "exports"],
  ...["files", "scripts", "dependencies", "peerDependencies", "peerDependenciesMeta", "devDependencies"],
];

/** One screen: the most names that users of a package have to read. */
const MOST_NAMES = 40;
/** Lower limits for some main exports. Raise a limit in the commit that needs it, so that growth is a decision. */
const NAMES: Readonly<Record<string, number>> = { "@tricast/core": 22, "@tricast/plan": 30 };

describe("packages", () => {
  for (const { folder, manifest } of workspacePackages()) {
    describe(manifest.name, () => {
      it("can be published", () => {
        assert.match(manifest.name, /^(@tricast\/[a-z-]+|tricast|serverless-tricast)$/);
        assert.match(manifest.version, /^\d+\.\d+\.\d+$/);
        assert.ok(manifest.description?.endsWith("."), "description is a sentence");
        assert.equal(manifest.license, "MIT");
        assert.equal(manifest.type, "module");
        assert.equal(manifest.sideEffects, false);
        assert.deepEqual(manifest.engines, { node: ">=22.18" });
        assert.ok(manifest.keywords?.includes("tricast") && new Set(manifest.keywords).size >= 4, "keywords");
        const plain = Object.values(PLAIN_ENTRIES[folder] ?? {});
        assert.deepEqual(
          manifest.files,
          ["dist", ...(SCHEMAS.has(folder) ? ["schema"] : []), ...plain],
          "files is an allow-list; README, LICENSE and package.json come along",
        );
        assert.equal(manifest.private, undefined);
        assert.deepEqual(
          Object.keys(manifest),
          MEMBERS.filter((name) => Object.hasOwn(manifest, name)),
        );
      });

      it("is packed by the scripts of the workspace, and publishes none", () => {
        const hint = `a pack was cut off: run "git checkout packages/${folder}/package.json"`;
        assert.deepEqual(manifest.scripts, SCRIPTS, hint);
        const published = toPublished(manifest);
        assert.deepEqual([published.scripts, published.devDependencies], [undefined, undefined]);
        assert.equal(JSON.stringify(published).includes("@tricast/source"), false);
        assert.deepEqual(Object.keys(published.exports ?? {}), Object.keys(manifest.exports ?? {}));
      });

      it("has the licence of the repository", () => {
        assert.equal(readText(`packages/${folder}/LICENSE`), readText("LICENSE"));
      });

      it("has a README", () => assert.ok(files.has(`packages/${folder}/README.md`)));

      it("exports a source, its declarations and its JavaScript under one name each", () => {
        const entries = Object.entries(manifest.exports ?? {});
        assert.ok(entries.length > 0);
        for (const [path, target] of entries) {
          if (path.startsWith("./schema/") && SCHEMAS.has(folder)) {
            assert.equal(target, path);
            assert.ok(files.has(`packages/${folder}/${path.slice(2)}`), `${path} is a file`);
            continue;
          }
          assert.ok(typeof target === "object", `${path} has conditions`);
          const source = target["@tricast/source"] ?? "";
          const name = /^\.\/src\/(.+)\.ts$/.exec(source)?.[1];
          assert.ok(files.has(`packages/${folder}/src/${name}.ts`), `${path}: ${source} is a file`);
          const plain = PLAIN_ENTRIES[folder];
          for (const file of Object.values(plain ?? {})) assert.ok(files.has(`packages/${folder}/${file}`), file);
          const types = plain === undefined ? `./dist/${name}.d.ts` : `./${plain.types}`;
          const built = plain === undefined ? `./dist/${name}.js` : `./${plain.default}`;
          const expected = { "@tricast/source": source, types, default: built };
          assert.deepEqual(target, expected);
          // Conditions are tried in order, so the order is part of the meaning.
          assert.deepEqual(Object.keys(target), Object.keys(expected));
        }
      });

      it("is part of every build and type check", () => {
        for (const config of ["tsconfig.json", "tsconfig.workspace.json"]) {
          const { references } = readJson<{ references: { path: string }[] }>(config);
          assert.ok(
            references.some(({ path }) => path === `packages/${folder}`),
            `${config} refers to packages/${folder}`,
          );
        }
      });
    });
  }

  it("exist", () => assert.ok(workspacePackages().length >= 5));

  it("have one version, that of the workspace", () => {
    const { version } = readJson<Manifest>("package.json");
    assert.deepEqual([...new Set(workspacePackages().map(({ manifest }) => manifest.version))], [version]);
  });

  it("can be published in an order in which dependencies come first", () => {
    const order = dependencyOrder(workspacePackages()).map(({ manifest }) => manifest);
    assert.equal(order.length, workspacePackages().length);
    for (const [index, { name, dependencies }] of order.entries()) {
      const later = order.slice(index).filter((other) => Object.hasOwn(dependencies ?? {}, other.name));
      assert.deepEqual(later, [], `${name} comes before what it needs`);
    }
  });
});

describe("what packages export", () => {
  for (const { specifier, source, isMain } of exportPaths()) {
    const names = exportsOf(source);
    it(`${specifier}: the names that docs/reference/api.md lists are those that an import gives`, async () => {
      const values = [...names].filter(([, kind]) => isValue(kind)).map(([name]) => name);
      assert.deepEqual(Object.keys(await import(specifier)).sort(), values.sort());
    });

    if (!isMain) continue;
    it(`${specifier}: fits a screen`, () => {
      const most = NAMES[specifier] ?? MOST_NAMES;
      assert.ok(names.size <= most, `${names.size} names, at most ${most}: is each for users of the package?`);
    });
  }
});
