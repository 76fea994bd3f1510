import type { Feeds } from "../feeds.ts";
import type { OnnxValueInfo } from "../metadata.ts";
import type { AnyLoadedModel } from "../model.ts";
import { graphFile } from "../optimized/choose-form.ts";
import { isFloat } from "../tensor/types.ts";
import { BASE, type MadeUp, madeUpAttempts } from "./attempts.ts";
import { noHints, readHints } from "./read-hints.ts";

/** No attempt begins after this time. Refusals take fractions of a millisecond. */
const ATTEMPTS_MS = 3_000;

/** The inputs on which a model has run, or why it has not run. */
export type MadeUpRun = { readonly feeds: Feeds } | { readonly refused: string };

/**
 * Runs the model on inputs that fit its graph, until it accepts one. An attempt that takes very long is not waited for.
 */
export async function tryMadeUp(model: AnyLoadedModel, longestMs: number): Promise<MadeUpRun> {
  const until = performance.now() + Math.min(ATTEMPTS_MS, longestMs);
  let refusal: string | undefined;
  for (const { feeds } of attemptsFor(model)) {
    try {
      if (await inTime(model.runTensors({ ...model.origin.form.defaults, ...feeds }), longestMs)) return { feeds };
      return { refused: `its run takes more than ${longestMs / 1000} s` };
    } catch (error) {
      // The first attempt fits the graph best, so its refusal explains most.
      refusal ??= (error as Error).message;
    }
    if (performance.now() >= until) break;
  }
  return { refused: refusal ?? "it would be larger than 64 MiB" };
}

/** Reads the graph only where that is likely to help: it takes milliseconds of a cold start. */
function* attemptsFor({ inputs: all, origin: { form } }: AnyLoadedModel): Generator<MadeUp> {
  const inputs = all.filter(({ name }) => form.defaults?.[name] === undefined);
  if (inputs.every(isPlain)) yield* madeUpAttempts(inputs, noHints(inputs), [BASE]);
  yield* madeUpAttempts(inputs, readHints(graphFile(form), inputs));
}

/** Whether only the leading dimension may have any size, and the elements cannot be indices or lengths. */
function isPlain({ type, shape }: OnnxValueInfo): boolean {
  const isValue = isFloat(type) || type === "bool" || type === "string";
  return isValue && shape.slice(1).every((dim) => typeof dim === "number");
}

async function inTime(run: unknown, longestMs: number): Promise<boolean> {
  const timeout = Promise.withResolvers<boolean>();
  const timer = setTimeout(timeout.resolve, longestMs, false);
  try {
    return await Promise.race([Promise.resolve(run).then(() => true), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
