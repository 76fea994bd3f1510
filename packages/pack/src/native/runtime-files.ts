import { existsSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import type { TricastError } from "@tricast/core";
import { missingDependency } from "../errors.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import type { InstalledPackage } from "../project/installed-packages.ts";
import type { Arch } from "../targets/arch.ts";
import { checkNativeFile, type System } from "./check-elf.ts";
import type { Recipe, RecipeRule } from "./recipe.ts";
import { RECIPES } from "./recipes.ts";

const RUNTIME = recipeFor("onnxruntime-node");
const ADDON = "onnxruntime_binding.node";
/** Where a layer of the runtime is unpacked to. */
const LAYER_ROOT = "/opt/tricast";

/** Where the bundle loads the runtime's addon from, first choice first. */
export function bindingPaths(layered: boolean): readonly [string, ...string[]] {
  const beside = `${RUNTIME.folder}/${ADDON}`;
  return layered ? [`${LAYER_ROOT}/${beside}`, beside] : [beside];
}

/**
 * The files of the installed ONNX Runtime that the system needs.
 * @throws {TricastError} `missing-dependency` where one of them is not installed; `wrong-architecture`.
 */
export function onnxRuntimeFiles({ folder, version }: InstalledPackage, system: System): ArtefactFile[] {
  return filesByRecipe(RUNTIME, folder, version, system.arch).map(({ from, ...file }) => {
    checkNativeFile(from, file.path, system);
    return { ...file, content: { from } };
  });
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

interface RecipeFile extends Omit<ArtefactFile, "content"> {
  readonly from: string;
}

/**
 * The files that an artefact for Linux on `arch` needs of the package installed in `folder`.
 * @throws {TricastError} `missing-dependency` where one of them does not exist.
 */
export function filesByRecipe(recipe: Recipe, folder: string, version: string, arch: Arch): RecipeFile[] {
  return recipe.include.map(({ path, reason }) => {
    const inside = forArch(path, arch);
    const from = join(folder, inside);
    if (!existsSync(from)) throw incomplete(recipe, version, inside);
    return {
      path: `${recipe.folder}/${inside.slice(inside.lastIndexOf("/") + 1)}`,
      from,
      origin: `${recipe.package}@${version}/${inside}: ${reason}`,
    };
  });
}

function forArch(path: string, arch: Arch): string {
  return path.replaceAll("{arch}", arch).replaceAll("{other}", arch === "x64" ? "arm64" : "x64");
}

function incomplete(recipe: Recipe, version: string, file: string): TricastError {
  return missingDependency(
    `${recipe.package}@${version} has no file ${file}; the builder knows versions ${recipe.versions}. Install one of those`,
  );
}
