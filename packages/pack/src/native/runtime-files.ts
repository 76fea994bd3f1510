import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { missingDependency } from "../errors.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import type { InstalledPackage } from "../project/installed-packages.ts";
import type { Arch } from "../targets/arch.ts";
import { checkNativeFile, type System } from "./check-elf.ts";
import type { Recipe } from "./recipe.ts";
import { RECIPES } from "./recipes.ts";

const RUNTIME = recipeFor("onnxruntime-node");
const ADDON = "onnxruntime_binding.node";
/** The folder that a layer of the runtime is unpacked into. */
const LAYER_ROOT = "/opt/tricast";

/** The paths that the bundle loads the runtime's addon from, first choice first. */
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
  if (recipe === undefined) throw new RangeError(`RECIPES has nothing for ${name}`);
  return recipe;
}

interface RecipeFile extends Omit<ArtefactFile, "content"> {
  readonly from: string;
}

/**
 * The files that an artefact for Linux on `arch` needs of the package installed in `folder`.
 * @throws {TricastError} `missing-dependency` where one of them does not exist.
 */
export function filesByRecipe(recipe: Recipe, folder: string, version: string, arch: Arch): RecipeFile[] {
  const name = `${recipe.package}@${version}`;
  return recipe.include.map(({ path, reason }) => {
    const inside = path.replaceAll("{arch}", arch);
    const from = join(folder, inside);
    if (!existsSync(from))
      throw missingDependency(
        `${name} has no file ${inside}; the builder knows versions ${recipe.versions}. Install one of those`,
      );
    return { path: `${recipe.folder}/${basename(inside)}`, from, origin: `${name}/${inside}: ${reason}` };
  });
}
