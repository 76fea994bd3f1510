import { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction, constants } from "node:vm";
import type { AnyPredictor } from "@tricast/core";
import { answerParent } from "./child.ts";

/** What a build wants to know of a predictor. */
export interface Definition {
  readonly name: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly models: readonly { readonly key: string; readonly uri: string }[];
  readonly examples: readonly unknown[];
  /** Whether it has a `predict` or `predictBatch`; else its model serves itself. */
  readonly hasCode: boolean;
}

/** A predictor's module as one CommonJS text, to be run as if it lay at `filename`. */
export interface DefinitionQuestion {
  readonly code: string;
  readonly filename: string;
}

/** `undefined` where the module's default export is no predictor. */
function readDefinition({ code, filename }: DefinitionQuestion): Definition | undefined {
  const module = { exports: {} as { default?: unknown } };
  const run = compileFunction(code, ["module", "exports", "require", "__filename", "__dirname"], {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  run(module, module.exports, createRequire(filename), filename, dirname(filename));
  const predictor = module.exports.default;
  return isPredictor(predictor) ? describe(predictor) : undefined;
}

/** The brand that definePredictor gives; the check of @tricast/core itself would load all of it, for each predictor. */
const BRAND = Symbol.for("tricast.predictor");

function isPredictor(value: unknown): value is AnyPredictor {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

function describe({ definition }: AnyPredictor): Definition {
  const { name, version = "1", description, model, models = {}, examples = [] } = definition;
  const named = [...(model === undefined ? [] : [["model", model] as const]), ...Object.entries(models)];
  return {
    name,
    version,
    description,
    models: named.map(([key, source]) => ({ key, uri: (source as { readonly uri: string }).uri })),
    // As JSON, which is how a client sends them.
    examples: JSON.parse(JSON.stringify(examples)),
    hasCode: definition.predict !== undefined || definition.predictBatch !== undefined,
  };
}

answerParent(readDefinition);
