import { basename } from "node:path";
import { isTricastError, TricastError } from "@tricast/core";
import { tryMadeUp } from "../made-up/try-made-up.ts";
import type { AnyLoadedModel } from "../model.ts";
import { type GoldenExample, goldenPath, readGolden } from "./golden-file.ts";

/** How long a model may take for a generated input before it is ready without its answer. */
const LONGEST_MS = 10_000;

/** Predicts one input in the form of a client's request. */
type Predict = (input: unknown) => Promise<unknown>;

/**
 * Runs a model before its first request: on the examples in the file beside it, which it must accept, or else on a generated
 * input. A model that refuses generated inputs gets a warning, and is ready: they are a guess.
 *
 * @param all Whether all examples are run, or only the first.
 * @throws {TricastError} the error of the first example that fails, which names its line.
 */
export async function warmUp(model: AnyLoadedModel, predict: Predict, all: boolean): Promise<void> {
  const { form } = model.origin;
  const file = form.isEdited === true && form.original !== undefined ? form.original : form.file;
  // A model that was read from an address has no folder.
  const path = file.content === undefined ? goldenPath(file.path) : undefined;
  const examples = path === undefined ? [] : readGolden(path);
  if (examples.length === 0) return warmMadeUp(model, path);
  for (const example of all ? examples : examples.slice(0, 1)) await warmExample(example, predict);
}

async function warmExample({ input, place }: GoldenExample, predict: Predict): Promise<void> {
  try {
    await predict(input);
  } catch (error) {
    const code = isTricastError(error) ? error.code : "predict-failed";
    throw new TricastError(code, `${place}: ${(error as Error).message}`, { cause: error });
  }
}

async function warmMadeUp(model: AnyLoadedModel, golden: string | undefined): Promise<void> {
  const ran = await tryMadeUp(model, LONGEST_MS);
  if ("feeds" in ran) return;
  const fixes = ["examples in definePredictor", "tricast serve --example FILE"];
  if (golden !== undefined) fixes.push(`a line {"input": ...} in ${basename(golden)} beside the model`);
  const what = `${model.name} is ready, but has not run yet: no generated input fits it (${ran.refused})`;
  model.origin.log.warn(`${what}. To warm it up, give it an example: ${fixes.join(", or ")}`);
}
