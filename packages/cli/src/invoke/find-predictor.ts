import { resolve } from "node:path";
import { didYouMean } from "@tricast/core/adapter";
import type { Config } from "@tricast/plan";
import { invalidOption } from "../usage-error.ts";

/** The named predictor, or the only one. @throws {TricastError} `invalid-option`. */
export function choosePredictor({ predictors }: Config, given: string | undefined): string {
  const known = Object.keys(predictors);
  if (given === undefined && known.length === 1) return known[0] as string;
  if (given !== undefined && known.includes(given)) return given;
  const what =
    given === undefined
      ? `the configuration has ${known.length} predictors`
      : `the configuration does not have a predictor "${given}"`;
  const fix = didYouMean(given ?? "", known, `give --predictor with one of ${known.join(", ")}`);
  throw invalidOption(`${what}; ${fix}`);
}

/** The folder of a predictor. */
export function entryOf({ predictors }: Config, predictor: string, folder: string): string {
  return resolve(folder, predictors[predictor]?.entry ?? `handlers/${predictor}`);
}
