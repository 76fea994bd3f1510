import { existsSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { TricastError } from "@tricast/core";
import type { Arch, ArtefactFile, FileGroup } from "../files.ts";
import { RECIPES } from "./recipes.ts";

/** Which files of a package an artefact needs, and why it needs no other. Paths may hold `{arch}` and `{other}`, and globs. */
export interface Recipe {
  readonly package: string;
  /** The versions whose files the rules were written for. */
  readonly versions: string;
  readonly license: string;
  /** Where the files lie in an artefact. */
  readonly folder: string;
  readonly libc: string;
  readonly why: string;
  readonly include: readonly RecipeRule[];
  readonly exclude: readonly RecipeRule[];
}

export interface RecipeRule {
  readonly path: string;
  readonly reason: string;
}

export function recipeFor(name: string): Recipe {
  const recipe = RECIPES.find((one) => one.package === name);
  if (recipe === undefined) throw new RangeError(`no recipe for ${name}`);
  return recipe;
}

/** The rule that decides about a file of the package, by its path in the package. */
export function ruleFor(
  recipe: Recipe,
  path: string,
  arch: Arch,
): { readonly rule: RecipeRule; readonly isIn: boolean } | undefined {
  const matches = (rule: RecipeRule) => matchesGlob(path, forArch(rule.path, arch));
  const include = recipe.include.find(matches);
  if (include !== undefined) return { rule: include, isIn: true };
  const exclude = recipe.exclude.find(matches);
  return exclude === undefined ? undefined : { rule: exclude, isIn: false };
}

/**
 * What an artefact for Linux on `arch` needs of the package installed in `from`.
 * @throws {TricastError} `missing-dependency` where a file that it needs is not there.
 */
export function runtimeGroup(recipe: Recipe, from: string, version: string, arch: Arch): FileGroup {
  const files = recipe.include.map(({ path, reason }): ArtefactFile => {
    const inside = forArch(path, arch);
    const source = join(from, inside);
    if (!existsSync(source)) throw incomplete(recipe, version, inside);
    return {
      path: `${recipe.folder}/${inside.slice(inside.lastIndexOf("/") + 1)}`,
      content: { from: source },
      origin: `${recipe.package}@${version}/${inside}: ${reason}`,
    };
  });
  return { name: "runtime", files };
}

function forArch(path: string, arch: Arch): string {
  return path.replaceAll("{arch}", arch).replaceAll("{other}", arch === "x64" ? "arm64" : "x64");
}

function incomplete(recipe: Recipe, version: string, file: string): TricastError {
  return new TricastError(
    "missing-dependency",
    `${recipe.package}@${version} has no file ${file}; the builder knows versions ${recipe.versions}. Install one of those`,
  );
}
