import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { invalidOption } from "../errors.ts";
import { type ArtefactFile, slashed } from "./artefact-file.ts";

/**
 * The files of the predictor's folder that the option `include` selects.
 * @param globs relative to the folder.
 * @throws {TricastError} `invalid-option` for a glob that matches nothing, or leads out of the folder.
 */
export function includedFiles(globs: readonly string[], folder: string): ArtefactFile[] {
  return globs.flatMap((glob) => {
    const shown = JSON.stringify(glob);
    const files = globSync(glob, { cwd: folder }).filter((file) => statSync(join(folder, file)).isFile());
    if (files.length === 0)
      throw invalidOption(`include has ${shown}, which matches no file in ${folder}; correct or remove it`);
    return files.sort().map((file): ArtefactFile => {
      const path = slashed(file);
      if (path.startsWith(".."))
        throw invalidOption(`include has ${shown}, which leads out of ${folder}; name files in that folder only`);
      return { path, content: { from: join(folder, file) }, origin: `selected by include ${shown}` };
    });
  });
}
