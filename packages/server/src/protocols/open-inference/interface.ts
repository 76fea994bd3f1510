import type { TensorInfo } from "@tricast/core/adapter";
import type { ServedModel } from "../../served-model.ts";
import { type Column, columnsOfExample, columnsOfSchema } from "./columns/schema-columns.ts";
import { BARE_INPUT, BARE_OUTPUT } from "./columns/to-instances.ts";

/** What a model looks like to a client that speaks tensors. */
export interface TensorInterface {
  readonly platform: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** The inputs and outputs of a predictor with code, as columns over instances. */
export interface ColumnInterface {
  readonly inputs: readonly Column[];
  readonly outputs: readonly Column[];
}

/** Whether the model's own tensors are the interface. */
export function isZeroCode({ predictor }: ServedModel): boolean {
  const { predict, predictBatch } = predictor.definition;
  return predict === undefined && predictBatch === undefined;
}

/** By service: schemas do not change while one lives, and making them takes longer than a prediction. */
const COLUMNS = new WeakMap<object, Promise<ColumnInterface>>();

/** @throws {TricastError} the load's own error, with `retryAfterSeconds`. */
export function columnsOf(model: ServedModel): Promise<ColumnInterface> {
  const known = COLUMNS.get(model.service);
  if (known !== undefined) return known;
  const made = describeColumns(model);
  COLUMNS.set(model.service, made);
  // A load that failed is tried again, so its failure is no answer for ever.
  made.catch(() => COLUMNS.delete(model.service));
  return made;
}

async function describeColumns({ service, predictor }: ServedModel): Promise<ColumnInterface> {
  const { inputJsonSchema, outputJsonSchema } = await service.describe();
  const inputs = columnsOfSchema(inputJsonSchema, BARE_INPUT);
  const example: unknown = predictor.definition.examples?.[0];
  return {
    inputs: inputs.length > 0 || example === undefined ? inputs : columnsOfExample(example, BARE_INPUT),
    outputs: columnsOfSchema(outputJsonSchema, BARE_OUTPUT),
  };
}

/** @throws {TricastError} the load's own error, with `retryAfterSeconds`. */
export async function tensorInterface(model: ServedModel): Promise<TensorInterface> {
  if (!isZeroCode(model)) return { platform: "tricast_predictor", ...(await columnsOf(model)) };
  const { metadata } = await model.service.describe();
  const { platform = "", inputs = [], outputs = [] } = metadata ?? {};
  // The protocol's own name for it: `<project>_<format>` (inference_rest.md, platforms).
  return { platform: platform === "onnxruntime" ? "onnx_onnxv1" : platform, inputs, outputs };
}
