import { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction, constants } from "node:vm";
import type { AnyPredictor } from "@tricast/core";
import type { Definition, DefinitionQuestion } from "../project/definition.ts";
import { answerParent } from "./ask-child.ts";

/** `undefined` where the module's default export is not a predictor. */
function describePredictor({ code, filename }: DefinitionQuestion): Definition | undefined {
  const module = { exports: {} as { default?: unknown } };
  const run = compileFunction(code, ["module", "exports", "require", "__filename", "__dirname"], {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  run(module, module.exports, createRequire(filename), filename, dirname(filename));
  const predictor = module.exports.default;
  return isPredictor(predictor) ? describe(predictor) : undefined;
}

/** The brand of definePredictor. `isPredictor` of @tricast/core would load all of that package, for each predictor. */
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
    // As JSON, because a client sends them as JSON.
    examples: JSON.parse(JSON.stringify(examples)),
    hasCode: definition.predict !== undefined || definition.predictBatch !== undefined,
  };
}

answerParent(describePredictor);
