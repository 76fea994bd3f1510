import { globSync, lstatSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import type { TricastError } from "@tricast/core";
import { invalidOption } from "../errors.ts";
import { type ArtefactFile, slashed } from "./artefact-file.ts";
import { findSecret } from "./find-secret.ts";

export interface IncludedFiles {
  readonly files: readonly ArtefactFile[];
  /** Each names a file that looks like a secret. */
  readonly warnings: readonly string[];
}

/**
 * The files of the predictor's folder that the option `include` selects.
 * @param globs relative to the folder.
 * @throws {TricastError} `invalid-option` for a glob that matches nothing, or leads out of the folder, itself or by a link.
 */
export function includedFiles(globs: readonly string[], folder: string): IncludedFiles {
  const byPath = new Map<string, ArtefactFile>();
  const warnings: string[] = [];
  for (const glob of globs) {
    const shown = JSON.stringify(glob);
    for (const file of matches(glob, folder)) {
      const path = slashed(file);
      if (byPath.has(path)) continue;
      const from = join(folder, file);
      byPath.set(path, { path, content: { from }, origin: `selected by include ${shown}` });
      const secret = findSecret(path, from);
      if (secret !== undefined) warnings.push(secretWarning(shown, path, secret));
    }
  }
  return { files: [...byPath.values()], warnings };
}

/** Relative to the folder, sorted. */
function matches(glob: string, folder: string): string[] {
  const shown = JSON.stringify(glob);
  const found = globSync(glob, { cwd: folder }).map((file) => (isAbsolute(file) ? relative(folder, file) : file));
  const outside = found.find(leadsOut);
  if (outside !== undefined)
    throw invalidOption(`include has ${shown}, which leads out of ${folder}; name files in that folder only`);
  for (const file of found) refuseLinkOutside(file, folder, shown);
  const files = found.filter((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.isFile());
  if (files.length > 0) return files.sort();
  const isFolder = found.some((file) => file === relative(".", glob));
  const fix = isFolder ? `write ${JSON.stringify(`${slashed(relative(".", glob))}/**`)}` : "correct or remove it";
  throw invalidOption(`include has ${shown}, which matches no file in ${folder}; ${fix}`);
}

function leadsOut(path: string): boolean {
  return path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path);
}

/** A link, also of a folder above the file, may give the artefact any file of this machine. */
function refuseLinkOutside(file: string, folder: string, shown: string): void {
  const target = realpath(join(folder, file));
  if (target !== undefined && !leadsOut(relative(realpathSync(folder), target))) return;
  const what = lstatSync(join(folder, file)).isSymbolicLink() ? "a symbolic link" : "below a symbolic link";
  throw linkOutside(
    `${shown}, which matches ${slashed(file)}, ${what} ${target === undefined ? "to a file that does not exist" : `to ${target}, outside of ${folder}`}`,
  );
}

function linkOutside(problem: string): TricastError {
  return invalidOption(`include has ${problem}; put the file itself there, or name other files`);
}

function realpath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function secretWarning(shown: string, path: string, secret: string): string {
  return `include has ${shown}, which matches ${path}. It looks like ${secret}, and everybody who can read the artefact can read it. If it is one, name the other files only, and set secrets in the environment of the function`;
}
