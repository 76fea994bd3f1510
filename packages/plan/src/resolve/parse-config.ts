import { didYouMean } from "@tricast/core/adapter";
import type { Config } from "../config.ts";
import { invalidOption } from "../facts/invalid-option.ts";
import { CONFIG_SHAPE } from "./config-shape.ts";
import type { Problem } from "./shape.ts";

/**
 * Checks a value from a file or a program.
 * @throws {TricastError} `invalid-option` with all problems: where, value seen, rule, fix.
 */
export function parseConfig(value: unknown): Config {
  const [first, ...others] = findProblems(value).map(({ message }) => message);
  if (first === undefined) return value as Config;
  if (others.length === 0) throw invalidOption(first);
  const lines = [first, ...others].map((message) => `  - ${message}`);
  throw invalidOption([`the configuration has ${lines.length} problems:`, ...lines].join("\n"));
}

/** All problems of a configuration, in the order of the document. */
export function findProblems(value: unknown): readonly Problem[] {
  const problems = CONFIG_SHAPE(value, "", false);
  return problems.length > 0 ? problems : unknownPredictors(value as Config);
}

/** A stage overrides existing predictors only, so another name is a mistake. */
function unknownPredictors({ predictors, stages = {} }: Config): readonly Problem[] {
  const known = Object.keys(predictors);
  return Object.entries(stages).flatMap(([stage, overlay]) =>
    Object.keys(overlay.predictors ?? {})
      .filter((name) => !known.includes(name))
      .map((name) => {
        const fix = didYouMean(name, known, `predictors: ${known.join(", ")}`);
        const path = `stages.${stage}.predictors.${name}`;
        return { path, message: `${path} is not a predictor of this configuration; ${fix}` };
      }),
  );
}
