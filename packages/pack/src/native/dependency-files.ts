import type { Found } from "../bundle/native-plugin.ts";
import type { ArtefactFile } from "../files/artefact-file.ts";
import { checkNativeFile, type System } from "./check-elf.ts";
import { copyPackages } from "./copy-packages.ts";

/** Addons that the project names by path, and packages with native code. */
export function dependencyFiles({ files, packages }: Found, system: System): ArtefactFile[] {
  const own = files.map(({ path, from }): ArtefactFile => {
    checkNativeFile(from, from, system);
    return { path, content: { from }, origin: "an addon that your code loads by its path" };
  });
  return [...own, ...copyPackages(packages, system)];
}
