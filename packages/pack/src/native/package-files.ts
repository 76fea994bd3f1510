import { join } from "node:path";
import { listFiles } from "../project/installed-packages.ts";
import { checkElf, type System } from "./check-elf.ts";
import { readElf } from "./elf.ts";
import { isNamedForAnother } from "./named-systems.ts";

/** C and C++, the inputs and intermediate files of a native build, and symbols of debuggers. */
const NATIVE_SOURCE = /\.(c|cc|cpp|cxx|h|hh|hpp|hxx|gyp|gypi|o|obj|a|lib|pdb)$/i;
/** TypeScript, which Node refuses to run below node_modules, and source maps. A `.map` of another name may be data. */
const NOT_RUN = /\.([cm]?ts|tsx|([cm]?[jt]sx?|css|wasm|node)\.map)$/i;
/** Texts about the package itself. Other texts may be templates and prompts. */
const DOCUMENT =
  /(^|\/)(readme|changelog|changes|history|contributing|contributors|security|support|authors|code_of_conduct|upgrading|migrating)([.-][^/]*)?\.(md|markdown)$/i;
/** What a package that is linked from its repository has beside its files. Packages on registries never have them. */
const OF_A_REPOSITORY = /^(\.git|\.hg|\.svn|\.github)(\/|$)|^\.npmrc$/;
const LICENSE = /(^|\/)(licen[cs]e|copying|notice)/i;
const ADDON = /\.(node|so(\.\d+)*)$/;
const FOREIGN_LIBRARY = /\.(dylib|dll)$/;
/** Where packages have addons that only their tests load. */
const BESIDE_THE_CODE = /(^|\/)(__tests__|tests?|fixtures|examples?|docs?|bench(marks?)?)\//i;

export function isAddon(file: string): boolean {
  return ADDON.test(file);
}

/**
 * The files that the package in `folder` may load on the system. Only the kind of a file decides, because packages also load
 * code and data from folders such as `doc` and `test`.
 */
export function runtimeFiles(folder: string, system: System): string[] {
  return listFiles(folder).filter(
    (file) =>
      !OF_A_REPOSITORY.test(file) &&
      (LICENSE.test(file) || !(isNeverRun(file) || isForAnother(file, system) || isUnusable(folder, file, system))),
  );
}

function isNeverRun(file: string): boolean {
  return NATIVE_SOURCE.test(file) || NOT_RUN.test(file) || DOCUMENT.test(file);
}

function isForAnother(file: string, system: System): boolean {
  return FOREIGN_LIBRARY.test(file) || (isAddon(file) && isNamedForAnother(file.replace(ADDON, ""), system));
}

/** An addon among tests and examples that the system cannot load. Elsewhere such an addon is refused. */
function isUnusable(folder: string, file: string, system: System): boolean {
  if (!isAddon(file) || !BESIDE_THE_CODE.test(file)) return false;
  const elf = readElf(join(folder, file));
  if (elf === undefined) return true;
  try {
    checkElf(file, elf, system);
    return false;
  } catch {
    return true;
  }
}
