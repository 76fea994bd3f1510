import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readJson, repositoryFiles, workspacePackages } from "../../scripts/check/repository.ts";

const files = new Set(repositoryFiles());
/** Packages that publish JSON Schemas of documents they write, as files. */
const SCHEMAS = new Set(["store"]);
/** Entries that are plain JavaScript in the repository, as who loads them compiles nothing: a fresh clone has no dist. */
const PLAIN_ENTRIES: Readonly<Record<string, string>> = { "serverless-plugin": "plugin.cjs" };

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
        assert.deepEqual(manifest.engines, { node: ">=22" });
        assert.deepEqual(
          manifest.files,
          [
            "dist",
            ...(SCHEMAS.has(folder) ? ["schema"] : []),
            ...(PLAIN_ENTRIES[folder] ? [PLAIN_ENTRIES[folder]] : []),
          ],
          "files is an allow-list; README, LICENSE and package.json come along",
        );
        assert.equal(manifest.private, undefined);
        assert.equal(manifest.scripts, undefined, "nothing of ours runs while it is installed");
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
          if (plain !== undefined) assert.ok(files.has(`packages/${folder}/${plain}`), `${plain} is a file`);
          const built = plain === undefined ? `./dist/${name}.js` : `./${plain}`;
          const expected = { "@tricast/source": source, types: `./dist/${name}.d.ts`, default: built };
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
});
