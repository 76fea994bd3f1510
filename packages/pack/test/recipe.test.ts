import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { describe, it } from "node:test";
import type { Recipe, RecipeRule } from "../src/native/recipe.ts";
import { filesByRecipe, recipeFor } from "../src/native/runtime-files.ts";
import { listFiles, scratch } from "./support/folders.ts";
import { REPOSITORY } from "./support/place.ts";

/** As layers/*.json has it: the builder reads the files that go in. */
interface WholeRecipe extends Recipe {
  readonly exclude: readonly RecipeRule[];
}

const LAYERS = join(REPOSITORY, "layers");
const recipes = readdirSync(LAYERS)
  .filter((name) => name.endsWith(".json"))
  .map((name) => JSON.parse(readFileSync(join(LAYERS, name), "utf8")) as WholeRecipe);

/** The rule that decides about a file of the package, by its path in the package. */
function ruleFor({ include, exclude }: WholeRecipe, path: string, arch: "x64" | "arm64"): RecipeRule | undefined {
  const other = arch === "x64" ? "arm64" : "x64";
  return [...include, ...exclude].find((rule) =>
    matchesGlob(path, rule.path.replaceAll("{arch}", arch).replaceAll("{other}", other)),
  );
}

assert.ok(recipes.length > 0);

for (const recipe of recipes) {
  const folder = join(REPOSITORY, "node_modules", recipe.package);
  const files = listFiles(folder);

  describe(`the recipe of ${recipe.package}`, () => {
    for (const arch of ["x64", "arm64"] as const) {
      it(`says of every installed file whether a target on ${arch} needs it`, () => {
        assert.ok(files.length > 10);
        const undecided = files.filter((file) => ruleFor(recipe, file, arch) === undefined);
        assert.deepEqual(undecided, []);
      });

      it(`takes the same two files on ${arch} as the bundle loads`, () => {
        const files = filesByRecipe(recipeFor(recipe.package), folder, "1.30.0", arch);
        assert.deepEqual(
          files.map(({ path }) => path),
          ["onnxruntime/onnxruntime_binding.node", "onnxruntime/libonnxruntime.so.1"],
        );
        for (const { from } of files) assert.ok(from.includes(`/linux/${arch}/`));
      });
    }

    it("has a reason for every rule, and none for what is not there", () => {
      for (const { path, reason } of [...recipe.include, ...recipe.exclude]) assert.match(reason, /^[A-Z].+\.$/, path);
      // The install step downloads them, or npm installs them below the package, unless it is configured otherwise.
      const sometimes = ["bin/napi-v6/linux/{arch}/libonnxruntime_providers_*.so", "node_modules/**"];
      const idle = [...recipe.include, ...recipe.exclude]
        .map(({ path }) => path)
        .filter((path) => !sometimes.includes(path))
        .filter(
          (path) =>
            !files.some((file) => matchesGlob(file, path.replaceAll("{arch}", "x64").replaceAll("{other}", "arm64"))),
        );
      assert.deepEqual(idle, []);
    });

    it("is for the version that @tricast/onnx asks for", () => {
      const { dependencies } = JSON.parse(readFileSync(join(REPOSITORY, "packages/onnx/package.json"), "utf8"));
      const [, least, below] = /^>=(\d+\.\d+)\.0 <(\d+\.\d+)\.0$/.exec(recipe.versions) ?? [];
      assert.ok(
        dependencies[recipe.package].startsWith(`${least}.`),
        `${recipe.versions} and ${dependencies[recipe.package]}`,
      );
      assert.notEqual(least, below);
    });
  });
}

describe("a runtime that lacks a file", () => {
  it("is named, with the versions that have it", () => {
    assert.throws(() => filesByRecipe(recipeFor("onnxruntime-node"), scratch(), "9.9.9", "x64"), {
      code: "missing-dependency",
      message: /onnxruntime-node@9\.9\.9 has no file bin\/napi-v6\/linux\/x64\/.*>=1\.30\.0/,
    });
  });
});
