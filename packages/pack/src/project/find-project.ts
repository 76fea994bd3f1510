import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { TricastError } from "@tricast/core";
import { didYouMean } from "@tricast/core/adapter";
import { invalidOption, missingExport } from "../errors.ts";

/** A predictor's folder and its project. */
export interface Project {
  /** The name of the folder, and of the output. */
  readonly name: string;
  /** With `predict.ts` and one file per target. */
  readonly folder: string;
  readonly predictFile: string;
  /** The nearest folder with a package.json. Sources are named relative to it, from any working directory. */
  readonly root: string;
}

const EXTENSIONS = [".ts", ".mts", ".js", ".mjs", ".cjs"] as const;

/**
 * @param predictor a folder, or the name of one in `handlers`.
 * @throws {TricastError} `invalid-option` for a folder that does not exist; `missing-export` without a `predict.ts`.
 */
export function findProject(predictor: string, handlers: string): Project {
  const folder = [join(handlers, predictor), resolve(predictor)].find(isFolder);
  if (folder === undefined) throw unknownPredictor(predictor, handlers);
  const predictFile = sourceFile(folder, "predict");
  if (predictFile === undefined)
    throw missingExport(
      `${folder} has no predict.ts; write one, with the predictor as its default export: export default definePredictor({ ... })`,
    );
  return { name: basename(folder), folder, predictFile, root: findRoot(folder) };
}

/** Every folder of `handlers` with a predictor, by name. */
export function listPredictors(handlers: string): string[] {
  if (!isFolder(handlers)) return [];
  return readdirSync(handlers)
    .filter((name) => isFolder(join(handlers, name)) && sourceFile(join(handlers, name), "predict") !== undefined)
    .sort();
}

/** The file of this name with one of the extensions that the bundler reads. */
export function sourceFile(folder: string, name: string): string | undefined {
  return EXTENSIONS.map((extension) => join(folder, name + extension)).find((file) => existsSync(file));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function findRoot(folder: string): string {
  for (let above = folder; ; above = dirname(above)) {
    if (existsSync(join(above, "package.json"))) return above;
    if (above === dirname(above)) return folder;
  }
}

function unknownPredictor(predictor: string, handlers: string): TricastError {
  const known = listPredictors(handlers);
  const fix =
    known.length === 0
      ? `${handlers} has no predictors; name another folder`
      : didYouMean(predictor, known, `${handlers} has ${known.join(", ")}`);
  return invalidOption(`the predictor ${JSON.stringify(predictor)} does not exist; ${fix}`);
}
