import { TricastError } from "@tricast/core";
import { didYouMean } from "@tricast/core/adapter";
import type { Config } from "../config.ts";
import { CONFIG_SHAPE } from "./config-shape.ts";
import type { Problem } from "./shape.ts";

/**
 * A configuration from whatever a file or a program gave.
 * @throws {TricastError} `invalid-option` with every problem at once: where, value seen, rule, fix.
 */
export function parseConfig(value: unknown): Config {
  const problems = findProblems(value);
  if (problems.length > 0) throw refuse(problems);
  return value as Config;
}

/** Everything that is wrong with a configuration, in the order of the document. */
export function findProblems(value: unknown): readonly Problem[] {
  const problems = CONFIG_SHAPE(value, "", false);
  return problems.length > 0 ? problems : namesThatAreNowhere(value as Config);
}

export function refuse(problems: readonly Problem[]): TricastError {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return new TricastError("invalid-option", first.message);
  const lines = problems.map(({ message }) => `  - ${message}`);
  return new TricastError(
    "invalid-option",
    [`the configuration has ${problems.length} problems:`, ...lines].join("\n"),
  );
}

/** A stage lays settings over predictors that are there; a new name is a slip. */
function namesThatAreNowhere({ predictors, stages = {} }: Config): readonly Problem[] {
  const known = Object.keys(predictors);
  return Object.entries(stages).flatMap(([stage, overlay]) =>
    Object.keys(overlay.predictors ?? {})
      .filter((name) => !known.includes(name))
      .map((name) => {
        const fix = didYouMean(name, known, `predictors: ${known.join(", ")}`);
        const path = `stages.${stage}.predictors.${name}`;
        return { path, message: `${path} is no predictor of this configuration; ${fix}` };
      }),
  );
}
