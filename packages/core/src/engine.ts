import type { PredictContext } from "./definition.ts";
import { type Issue, isTricastError, TricastError } from "./errors.ts";
import { MOST_ISSUES, withCode } from "./http/problem.ts";
import { isPromise } from "./is-promise.ts";
import type { ZeroCode } from "./model/source.ts";
import type { AnyPredictor } from "./predictor.ts";
import type { LoadedModels } from "./seam.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { refused, validate } from "./validate.ts";

type AnyContext = PredictContext<unknown, Readonly<Record<string, unknown>>>;

/** Predicts with loaded models: takes decoded inputs, and returns validated outputs. */
export interface Engine {
  /** Whether the JSON codec must keep every digit of large integers. */
  readonly exactIntegers: boolean;
  readonly zeroCode: ZeroCode | undefined;
  /**
   * Synchronous if validation and `predict` are. Its errors may lack a code, which {@link codedByEngine} adds: adding
   * it here would cost every prediction another promise.
   */
  one(input: unknown, context: AnyContext): unknown;
  /** `pointer` locates the inputs in the body, for errors. */
  many(inputs: readonly unknown[], pointer: string, context: AnyContext): Promise<readonly unknown[]>;
}

export function createEngine(predictor: AnyPredictor, loaded: LoadedModels): Engine {
  const { definition } = predictor;
  if (definition.predictBatch !== undefined) return batchEngine(predictor);
  if (definition.predict !== undefined) return singleEngine(predictor);
  // checkDefinition guarantees a model that can serve itself.
  return zeroCodeEngine((definition.model as { zeroCode(model: unknown): ZeroCode }).zeroCode(loaded.model));
}

function singleEngine({ definition }: AnyPredictor): Engine {
  const { input: inputSchema, output: outputSchema } = definition;
  const predict = definition.predict as (input: unknown, context: AnyContext) => unknown;
  const check = (output: unknown): unknown =>
    outputSchema === undefined ? output : validate(outputSchema, output, "invalid-output", "");
  const call = (input: unknown, context: AnyContext): unknown => {
    try {
      return predict.call(definition, input, context);
    } catch (error) {
      throw codedByPredict(error);
    }
  };
  const run = (input: unknown, context: AnyContext): unknown => {
    const output = call(input, context);
    // Without a schema a promise passes through unchanged.
    return isPromise(output) && outputSchema !== undefined ? output.then(check) : check(output);
  };
  return {
    exactIntegers: false,
    zeroCode: undefined,
    one(input, context) {
      if (inputSchema === undefined) return run(input, context);
      const valid = validate(inputSchema, input, "invalid-input", "");
      return isPromise(valid) ? valid.then((value) => run(value, context)) : run(valid, context);
    },
    async many(inputs, pointer, context) {
      const valid = await validateAll(inputSchema, inputs, pointer);
      return Promise.all(valid.map((input) => run(input, context)));
    },
  };
}

/** An error of user code: unchanged if the author gave it a code, else `predict-failed`. */
export function codedByPredict(error: unknown, name = "predict"): TricastError {
  if (isTricastError(error) && error.fromModel) {
    const rule = "check the input with a schema, or throw an error with a code of your own";
    return new TricastError(
      "predict-failed",
      `${name} passed a model an input that does not fit it: ${error.message}; ${rule}`,
      {
        cause: error,
      },
    );
  }
  return withCode(error, "predict-failed", `${name} threw`);
}

/** An error of {@link Engine.one} or {@link Engine.many}. */
export function codedByEngine(error: unknown, { zeroCode }: Engine): TricastError {
  return zeroCode === undefined ? codedByPredict(error) : withCode(error, "predict-failed", "the model failed");
}

function batchEngine({ definition }: AnyPredictor): Engine {
  const { input: inputSchema, output: outputSchema } = definition;
  const predictBatch = definition.predictBatch as (inputs: readonly unknown[], context: AnyContext) => unknown;
  const run = async (inputs: readonly unknown[], context: AnyContext): Promise<readonly unknown[]> => {
    let outputs: unknown;
    try {
      outputs = predictBatch.call(definition, inputs, context);
      if (isPromise(outputs)) outputs = await outputs;
    } catch (error) {
      throw codedByPredict(error, "predictBatch");
    }
    if (!Array.isArray(outputs) || outputs.length !== inputs.length) throw wrongLength(outputs, inputs.length);
    return outputSchema === undefined ? outputs : validateOutputs(outputSchema, outputs);
  };
  return {
    exactIntegers: false,
    zeroCode: undefined,
    async one(input, context) {
      const valid = inputSchema === undefined ? input : await validate(inputSchema, input, "invalid-input", "");
      return (await run([valid], context))[0];
    },
    async many(inputs, pointer, context) {
      // A model cannot run an empty batch.
      if (inputs.length === 0) return [];
      return run(await validateAll(inputSchema, inputs, pointer), context);
    },
  };
}

function zeroCodeEngine(zeroCode: ZeroCode): Engine {
  return {
    exactIntegers: zeroCode.exactIntegers,
    zeroCode,
    async one(input, context) {
      const valid = await validate(zeroCode.input, input, "invalid-tensor", "");
      return zeroCode.predict(valid, context);
    },
    async many(inputs, pointer, context) {
      if (inputs.length === 0) return [];
      try {
        return await zeroCode.predictBatch(inputs, context);
      } catch (error) {
        throw isTricastError(error) && error.issues !== undefined ? relocated(error, pointer) : error;
      }
    },
  };
}

/** The same error with pointers relative to the body. */
function relocated(error: TricastError, base: string): TricastError {
  const issues = (error.issues ?? []).map(({ pointer, message }) => ({ pointer: base + pointer, message }));
  return refused(error.code, issues);
}

/** Checks the inputs and reports all bad ones at once; stops when an error is full of issues. */
async function validateAll(
  schema: AnyPredictor["definition"]["input"],
  inputs: readonly unknown[],
  pointer: string,
): Promise<readonly unknown[]> {
  if (schema === undefined) return inputs;
  const issues: Issue[] = [];
  const valid: unknown[] = [];
  for (const [index, input] of inputs.entries()) {
    if (issues.length >= MOST_ISSUES) break;
    try {
      valid.push(await validate(schema, input, "invalid-input", `${pointer}/${index}`));
    } catch (error) {
      if (!isTricastError(error) || error.issues === undefined) throw error;
      issues.push(...error.issues);
    }
  }
  const { length: count } = issues;
  if (count > 0) throw refused("invalid-input", issues, { count, isAll: count < MOST_ISSUES });
  return valid;
}

/** Validates in turn and stops at the first bad input: the issues of all could take unbounded memory. */
async function validateOutputs(schema: StandardSchema, outputs: readonly unknown[]): Promise<readonly unknown[]> {
  const valid: unknown[] = [];
  for (const [index, output] of outputs.entries()) {
    const checked = validate(schema, output, "invalid-output", `/${index}`);
    valid.push(isPromise(checked) ? await checked : checked);
  }
  return valid;
}

function wrongLength(outputs: unknown, expected: number): TricastError {
  const got = Array.isArray(outputs) ? `${outputs.length} outputs` : typeof outputs;
  return new TricastError(
    "invalid-output",
    `predictBatch got ${expected} inputs and returned ${got}; return one output per input, in the same order`,
  );
}
